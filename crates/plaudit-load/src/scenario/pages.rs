//! `pages`: many ask for the page of a post at once, signed out. How many pages a second, each complete.

use std::time::{Duration, Instant};

use memchr::memmem;

use crate::crowd::{Count, Times, allow_descriptors};
use crate::faults::Faults;
use crate::measure::Meter;
use crate::net::http::{Answer, request};
use crate::net::{Closed, Dial, Id, Nanos, Net, Speaks, Work};
use crate::out::{Outcome, Progress, Unit};
use crate::people::Cast;
use crate::scenario::figures::{Load, percentiles_of_acts};
use crate::site::Site;

/// `viewers` connections, each asks again as soon as it has its page.
#[expect(clippy::cast_precision_loss, reason = "counts of a run")]
pub(crate) fn pages(site: &Site, load: &Load, progress: &Progress) -> anyhow::Result<Outcome> {
    let mut outcome = Outcome::new("pages");
    outcome.set("connections", load.viewers);
    outcome.set("seconds", load.seconds);
    allow_descriptors(load.viewers)?;
    let cast = Cast::gather(site, 1)?;
    let post = cast.posts[0];
    let request = request("GET", &format!("/posts/{post}"), &site.address.to_string(), None, None);
    let mut net = Net::new()?;
    for _ in 0..load.viewers {
        net.open(Dial { address: site.address, speaks: Speaks::Http, receive_buffer: None });
    }
    let mut readers = Readers {
        request,
        mark: format!("/posts/{post}").into_bytes(),
        asked: vec![0; load.viewers],
        open: 0,
        goes_on: true,
        bytes: 0,
        count: Count::default(),
        times: Times::default(),
        faults: Faults::default(),
    };
    progress.say("asking");
    let (meter, began) = (Meter::start(site.pid), Instant::now());
    while began.elapsed().as_secs_f64() < load.seconds && readers.faults.is_empty() {
        progress.at(began.elapsed().as_secs_f64() / load.seconds);
        net.turn(&mut readers, Duration::from_millis(20))?;
    }
    let (cost, count) = (meter.stop(), readers.count);
    readers.goes_on = false;
    let end = Instant::now();
    while readers.open > 0 && end.elapsed() < site.patience && readers.faults.is_empty() {
        net.turn(&mut readers, Duration::from_millis(10))?;
    }
    let open = readers.open;
    if open > 0 {
        readers.faults.add(|| format!("{open} requests were never answered"));
    }
    cast.leave(site);
    let pages = count.acknowledged as f64;
    outcome.figure("acts", "pages", pages, Unit::Count);
    outcome.figure("acts_per_second", "pages a second", pages / cost.seconds, Unit::PerSecond);
    outcome.figure("bytes", "bytes a page", readers.bytes as f64 / pages.max(1.0), Unit::Bytes);
    for (key, label, percent) in [("p50", "median", 50.0), ("p99", "99 %", 99.0), ("max", "longest", 100.0)] {
        let label = format!("until a page is there: {label}");
        outcome.figure_of(&format!("ack_{key}_ms"), &label, readers.times.ack.ms(percent), Unit::Millis);
    }
    cost.figures(&mut outcome, 0, count.acknowledged, "page");
    outcome.chart = Some(percentiles_of_acts("pages: asking for a post's page", &readers.times, "request"));
    outcome.faults = readers.faults;
    Ok(outcome)
}

struct Readers {
    request: Vec<u8>,
    /// What every page of this post contains.
    mark: Vec<u8>,
    /// When each asked; 0 where nothing is open.
    asked: Vec<Nanos>,
    open: usize,
    goes_on: bool,
    bytes: u64,
    count: Count,
    times: Times,
    faults: Faults,
}

impl Readers {
    fn ask(&mut self, net: &mut Net, id: Id) {
        self.asked[id] = net.now();
        self.open += 1;
        net.send_request(id, &self.request);
    }
}

impl Work for Readers {
    fn opened(&mut self, net: &mut Net, id: Id, _now: Nanos) {
        self.ask(net, id);
    }

    fn text(&mut self, _net: &mut Net, _id: Id, _text: &[u8], _now: Nanos) {}

    fn answer(&mut self, net: &mut Net, id: Id, answer: &Answer<'_>, now: Nanos) {
        self.open -= 1;
        self.count.acknowledged += 1;
        self.bytes += answer.size as u64;
        self.times.ack.record(now.saturating_sub(self.asked[id]));
        let whole = answer.body.trim_ascii_end().ends_with(b"</html>");
        if answer.status != 200 || !whole || memmem::find(answer.body, &self.mark).is_none() {
            let status = answer.status;
            self.faults.add(|| format!("a page came with {status} and is not the whole page of the post"));
        }
        if self.goes_on {
            self.ask(net, id);
        }
    }

    fn closed(&mut self, _net: &mut Net, id: Id, why: Closed, _now: Nanos) {
        self.faults.add(|| format!("connection {id} {why}"));
    }
}
