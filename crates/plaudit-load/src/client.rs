//! HTTP that waits for its answers: what is needed before and after a load. A few connections take turns, so that
//! many people are made in few commits.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::{Context as _, bail};

use crate::net::http::{ParsedAnswer, parse_answer, request};

/// Nothing that works takes longer.
const PATIENCE: Duration = Duration::from_secs(30);

/// One connection.
pub(crate) struct Client {
    stream: TcpStream,
    host: String,
    buffer: Vec<u8>,
}

/// An answer, on its own.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) body: String,
    /// The session that it sets.
    pub(crate) token: Option<String>,
}

impl Reply {
    /// The JSON of an answer that says yes.
    pub(crate) fn json(&self, what: &str) -> anyhow::Result<serde_json::Value> {
        if !(200..300).contains(&self.status) {
            let hint = match self.status {
                429 => ": start the server with PLAUDIT_LIMITS=off",
                _ => "",
            };
            bail!("{what} was refused with {}{hint}: {}", self.status, self.body);
        }
        if self.body.is_empty() {
            return Ok(serde_json::Value::Null);
        }
        serde_json::from_str(&self.body).with_context(|| format!("{what} was not answered with JSON"))
    }
}

impl Client {
    /// Connects.
    pub(crate) fn connect(address: SocketAddr) -> anyhow::Result<Self> {
        let stream = TcpStream::connect_timeout(&address, PATIENCE)
            .with_context(|| format!("nobody listens on {address}"))?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        Ok(Self { stream, host: address.to_string(), buffer: Vec::new() })
    }

    /// Asks and waits.
    pub(crate) fn call(
        &mut self,
        method: &str,
        path: &str,
        token: Option<&str>,
        body: Option<&str>,
    ) -> anyhow::Result<Reply> {
        self.ask(method, path, token, body)?;
        self.answer()
    }

    /// Asks; the answer must be taken before the next.
    pub(crate) fn ask(
        &mut self,
        method: &str,
        path: &str,
        token: Option<&str>,
        body: Option<&str>,
    ) -> anyhow::Result<()> {
        self.stream.write_all(&request(method, path, &self.host, token, body))?;
        Ok(())
    }

    /// Waits for an answer.
    pub(crate) fn answer(&mut self) -> anyhow::Result<Reply> {
        loop {
            match parse_answer(&self.buffer) {
                ParsedAnswer::Answer(answer) => {
                    let reply = Reply {
                        status: answer.status,
                        body: String::from_utf8_lossy(answer.body).into_owned(),
                        token: answer.cookie.map(str::to_owned),
                    };
                    let size = answer.size;
                    self.buffer.drain(..size);
                    return Ok(reply);
                }
                ParsedAnswer::Wrong(what) => bail!("the server sent {what}"),
                ParsedAnswer::Partial => {}
            }
            let mut more = [0; 16 * 1024];
            match self.stream.read(&mut more).context("no answer came in time")? {
                0 => bail!("the server hung up instead of answering"),
                count => self.buffer.extend_from_slice(&more[..count]),
            }
        }
    }
}

/// Asks many times the same way, over a few connections that take turns: all are asked, then all are awaited.
pub(crate) fn in_rounds(
    address: SocketAddr,
    times: usize,
    mut ask: impl FnMut(&mut Client, usize) -> anyhow::Result<()>,
    mut take: impl FnMut(usize, Reply) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    /// As many as fit into one commit without making a crowd.
    const ABREAST: usize = 32;
    let mut clients: Vec<Client> =
        (0..times.min(ABREAST)).map(|_| Client::connect(address)).collect::<Result<_, _>>()?;
    let mut next = 0;
    while next < times {
        let round = (times - next).min(clients.len());
        for (client, number) in clients.iter_mut().zip(next..next + round) {
            ask(client, number)?;
        }
        for (client, number) in clients.iter_mut().zip(next..next + round) {
            take(number, client.answer()?)?;
        }
        next += round;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    /// A server that answers each request on a connection with the next of these, cut in two.
    fn serve(answers: &'static [&'static str]) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut buffer = [0; 4096];
            for answer in answers {
                assert!(stream.read(&mut buffer).unwrap() > 0);
                let (head, tail) = answer.split_at(answer.len() / 2);
                stream.write_all(head.as_bytes()).unwrap();
                stream.flush().unwrap();
                stream.write_all(tail.as_bytes()).unwrap();
            }
        });
        address
    }

    #[test]
    fn one_connection_carries_many_calls() {
        let address = serve(&[
            "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n{\"a\":1}",
            "HTTP/1.1 429 Slow\r\nContent-Length: 2\r\n\r\n{}",
            "HTTP/1.1 204 No Content\r\n\r\n",
        ]);
        let mut client = Client::connect(address).unwrap();
        let mut call = || client.call("GET", "/", None, None).unwrap();
        assert_eq!(call().json("asking").unwrap()["a"], 1);
        let refused = call().json("asking").unwrap_err().to_string();
        assert!(refused.contains("429") && refused.contains("PLAUDIT_LIMITS=off"), "{refused}");
        assert!(call().json("asking").unwrap().is_null());
        assert!(client.call("GET", "/", None, None).is_err(), "it hung up");
    }
}
