//! Reading: from a socket into the one buffer, and out of it to the work, frame by frame.

use std::io;

use super::frame::{Opcode, Parsed, close_code, parse, write_masked};
use super::http::{ParsedAnswer, Upgraded, parse_answer, parse_upgrade};
use super::{Closed, Id, Net, State, Work};

impl Net {
    /// Reads until nothing is left. A read that does not fill the buffer took all there was; only behind an end must
    /// it be asked again.
    #[inline]
    pub(super) fn read<W: Work>(&mut self, work: &mut W, id: Id, ended: bool) {
        let mut buffer = std::mem::take(&mut self.buffer);
        loop {
            let connection = &mut self.connections[id];
            let kept = connection.partial.len();
            if kept > 0 {
                if buffer.len() < kept * 2 {
                    buffer.resize(kept * 2, 0);
                }
                buffer[..kept].copy_from_slice(&connection.partial);
            }
            let count = match connection.read(&mut buffer[kept..]) {
                Ok(0) => {
                    self.lose(work, id, Closed::Gone);
                    break;
                }
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(_) => {
                    self.lose(work, id, Closed::Gone);
                    break;
                }
            };
            self.received.reads += 1;
            let filled = kept + count;
            let opened = connection.opened;
            connection.partial.clear();
            let used = self.consume(work, id, &buffer[..filled]);
            let connection = &mut self.connections[id];
            if connection.state == State::Closed || connection.opened != opened {
                break;
            }
            connection.partial.extend_from_slice(&buffer[used..filled]);
            if connection.partial.is_empty() && connection.partial.capacity() > 4096 {
                connection.partial = Vec::new();
            }
            if connection.paused || filled < buffer.len() && !ended {
                break;
            }
        }
        self.buffer = buffer;
    }

    /// Hands over what is whole; gives how many bytes that were.
    #[inline]
    fn consume<W: Work>(&mut self, work: &mut W, id: Id, bytes: &[u8]) -> usize {
        let now = self.now();
        let opened = self.connections[id].opened;
        let mut used = 0;
        loop {
            let connection = &mut self.connections[id];
            if connection.opened != opened {
                return bytes.len();
            }
            let rest = &bytes[used..];
            match connection.state {
                State::Open => match parse(rest) {
                    Parsed::Frame(frame) => {
                        used += frame.size;
                        match frame.opcode {
                            Opcode::Text | Opcode::Binary => {
                                self.received.frames += 1;
                                self.received.bytes += frame.size as u64;
                                work.text(self, id, frame.payload, now);
                            }
                            Opcode::Ping => {
                                write_masked(connection.queue(), Opcode::Pong, frame.payload);
                                self.mark(id);
                            }
                            Opcode::Pong => {}
                            Opcode::Close => self.lose(work, id, Closed::Code(close_code(frame.payload))),
                        }
                    }
                    Parsed::Needs(_) => return used,
                    Parsed::Wrong(what) => self.lose(work, id, Closed::Wrong(what)),
                },
                State::Shaking => match parse_upgrade(rest) {
                    Upgraded::Open(head) => {
                        used += head;
                        self.opened(work, id, State::Open);
                    }
                    Upgraded::Partial => return used,
                    Upgraded::Refused(status) => self.lose(work, id, Closed::Status(status)),
                },
                State::Http => match parse_answer(rest) {
                    ParsedAnswer::Answer(answer) => {
                        used += answer.size;
                        work.answer(self, id, &answer, now);
                    }
                    ParsedAnswer::Partial => return used,
                    ParsedAnswer::Wrong(what) => self.lose(work, id, Closed::Wrong(what)),
                },
                State::Closed | State::Connecting => return bytes.len(),
            }
        }
    }
}
