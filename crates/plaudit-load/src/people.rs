//! Who takes part: an author whose posts are liked, and guests who like. Made over the API before the load begins.

use anyhow::Context as _;
use serde_json::json;

use crate::client::{Client, in_rounds};
use crate::out::Progress;
use crate::site::Site;

/// The posts and people of one load.
pub(crate) struct Cast {
    /// The author's session.
    pub(crate) author: String,
    /// Their posts, in the order of their ids.
    pub(crate) posts: Vec<u64>,
    /// A post that guests like to become guests, and its author's session; nobody looks at it.
    door: (String, u64),
}

impl Cast {
    /// Signs up an author and writes so many posts.
    pub(crate) fn gather(site: &Site, posts: usize) -> anyhow::Result<Self> {
        let mut client = site.client()?;
        let author = sign_up(&mut client)?;
        let mut ids = vec![0; posts];
        in_rounds(
            site.address,
            posts,
            |client, number| {
                let body = json!({ "text": format!("Something worth a like, number {number}.") }).to_string();
                client.ask("POST", "/api/posts", Some(&author), Some(&body))
            },
            |number, reply| {
                let answer = reply.json("writing a post")?;
                ids[number] = answer["post"]["id"].as_u64().context("a new post has no id")?;
                Ok(())
            },
        )?;
        ids.sort_unstable();
        // Another author's: this one hears of likes of their own posts, and those are measured.
        let porter = sign_up(&mut client)?;
        let body = json!({ "text": "Like this to become a guest." }).to_string();
        let answer = client.call("POST", "/api/posts", Some(&porter), Some(&body))?.json("writing a post")?;
        let door = answer["post"]["id"].as_u64().context("a new post has no id")?;
        Ok(Self { author, posts: ids, door: (porter, door) })
    }

    /// So many guests; gives their sessions.
    pub(crate) fn guests(&self, site: &Site, count: usize) -> anyhow::Result<Vec<String>> {
        let mut tokens = Vec::with_capacity(count);
        in_rounds(
            site.address,
            count,
            |client, _| client.ask("PUT", &format!("/api/posts/{}/like", self.door.1), None, None),
            |_, reply| {
                reply.json("becoming a guest")?;
                tokens.push(reply.token.context("a new guest got no session")?);
                Ok(())
            },
        )?;
        Ok(tokens)
    }

    /// So many members, who may write; gives their sessions.
    pub(crate) fn members(site: &Site, count: usize) -> anyhow::Result<Vec<String>> {
        let mut client = site.client()?;
        (0..count).map(|_| sign_up(&mut client)).collect()
    }

    /// So many members, many at once; gives their handles and sessions.
    pub(crate) fn many_members(
        site: &Site,
        count: usize,
        progress: &Progress,
    ) -> anyhow::Result<Vec<(String, String)>> {
        let handles: Vec<String> = (0..count).map(|_| handle()).collect();
        let mut members = vec![(String::new(), String::new()); count];
        let mut done = 0_usize;
        in_rounds(
            site.address,
            count,
            |client, number| client.ask("POST", "/api/users", None, Some(&new_member(&handles[number]))),
            |number, reply| {
                let answer = reply.json("signing up")?;
                let token = answer["token"].as_str().context("a new member got no session")?;
                members[number] = (handles[number].clone(), token.to_owned());
                done += 1;
                #[expect(clippy::cast_precision_loss, reason = "a count of a run")]
                progress.at(done as f64 / count as f64);
                Ok(())
            },
        )?;
        Ok(members)
    }

    /// Removes the posts from a site that goes on. What cannot be removed stays.
    pub(crate) fn leave(self, site: &Site) {
        let Ok(mut client) = site.client() else { return };
        let own = self.posts.iter().map(|post| (&self.author, post));
        for (author, post) in own.chain([(&self.door.0, &self.door.1)]) {
            let _ = client.call("DELETE", &format!("/api/posts/{post}"), Some(author), None);
        }
    }
}

fn sign_up(client: &mut Client) -> anyhow::Result<String> {
    let reply = client.call("POST", "/api/users", None, Some(&new_member(&handle())))?;
    let answer = reply.json("signing up")?;
    Ok(answer["token"].as_str().context("a new member got no session")?.to_owned())
}

/// A handle that nobody has.
fn handle() -> String {
    let letters: String = std::iter::repeat_with(|| fastrand::char('a'..='z')).take(12).collect();
    format!("load_{letters}")
}

fn new_member(handle: &str) -> String {
    let password: String = std::iter::repeat_with(fastrand::alphanumeric).take(24).collect();
    json!({ "handle": handle, "password": password, "name": "Load" }).to_string()
}

/// How a post stands, as a request finds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Standing {
    pub(crate) likes: u64,
    pub(crate) version: u64,
    pub(crate) comments: u64,
    pub(crate) comments_seq: u64,
}

/// Asks how a post stands.
pub(crate) fn standing(client: &mut Client, post: u64) -> anyhow::Result<Standing> {
    let answer = client.call("GET", &format!("/api/posts/{post}"), None, None)?.json("reading a post")?;
    let field = |name: &str| answer["post"][name].as_u64().with_context(|| format!("a post has no {name}"));
    Ok(Standing {
        likes: field("likes")?,
        version: field("version")?,
        comments: field("comments")?,
        comments_seq: field("comments_seq")?,
    })
}
