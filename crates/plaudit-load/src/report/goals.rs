//! What the project wants to reach, and whether it does.

use super::Steps;
use crate::out::{Unit, show};

/// One goal: a figure of a step, and its bound.
struct Goal {
    step: &'static str,
    key: &'static str,
    what: &'static str,
    bound: Bound,
    unit: Unit,
}

enum Bound {
    AtMost(f64),
    AtLeast(f64),
}

use Bound::{AtLeast, AtMost};

const fn goal(step: &'static str, key: &'static str, what: &'static str, bound: Bound, unit: Unit) -> Goal {
    Goal { step, key, what, bound, unit }
}

/// Every one, in the order of reading. `{V}` is the number of viewers.
const GOALS: [Goal; 30] = [
    goal(
        "watch",
        "times_bare",
        "CPU a delivered frame, one post, {V} viewers, beside a bare `send`",
        AtMost(1.05),
        Unit::Times,
    ),
    goal("watch", "user_us_per_frame", "of which user space", AtMost(0.4), Unit::Micros),
    goal(
        "feed",
        "times_bare",
        "CPU a delivered count where ten posts of each viewer change at once, beside a bare `send`",
        AtMost(0.15),
        Unit::Times,
    ),
    goal(
        "storm",
        "server_cores",
        "The highest rate of likes on one post, {V} viewers, every like durable: all of it",
        AtMost(0.8),
        Unit::Cores,
    ),
    goal("storm", "screen_p99_ms", "the same: like to screen, 99 %", AtMost(200.0), Unit::Millis),
    goal("overload", "ack_p99_ms", "More likes than that: like to its ok, 99 %", AtMost(50.0), Unit::Millis),
    goal(
        "quiet",
        "first_p50_ms",
        "Quiet post, fsync included: like to the first viewer",
        AtMost(2.0),
        Unit::Millis,
    ),
    goal("quiet", "last_p50_ms", "the same: to the last viewer", AtMost(12.0), Unit::Millis),
    goal(
        "write",
        "acts_per_second",
        "Durable likes over 64 sockets, closed loop",
        AtLeast(30_000.0),
        Unit::PerSecond,
    ),
    goal("write", "ack_p99_ms", "the same: until the ok, 99 %", AtMost(5.0), Unit::Millis),
    goal(
        "pipelined",
        "acts_per_second",
        "Durable likes, 256 on their way",
        AtLeast(50_000.0),
        Unit::PerSecond,
    ),
    goal(
        "http",
        "acts_per_second",
        "Durable likes by HTTP, 64 connections",
        AtLeast(15_000.0),
        Unit::PerSecond,
    ),
    goal(
        "author",
        "acts_per_second_ratio",
        "Durable likes on one post whose author is online: notified, beside not notified",
        AtLeast(0.97),
        Unit::Times,
    ),
    goal("author", "cpu_us_per_act_ratio", "the same: CPU a like", AtMost(1.03), Unit::Times),
    goal(
        "idle",
        "pss_kib_each",
        "An idle connection with session and two topics",
        AtMost(2.0),
        Unit::Kibibytes,
    ),
    goal(
        "private",
        "pss_kib_each",
        "An idle connection with session, two posts, `unread`, `notifications` and `conversations`",
        AtMost(2.0),
        Unit::Kibibytes,
    ),
    goal(
        "reconnect",
        "all_seconds",
        "All live and right after kill -9 and restart",
        AtMost(5.0),
        Unit::Seconds,
    ),
    goal(
        "reconnect",
        "reads",
        "the same: reads of the database for two topics of everybody",
        AtMost(2.0),
        Unit::Count,
    ),
    goal("reconnect", "lost", "the same: acknowledged likes that were lost", AtMost(0.0), Unit::Count),
    goal(
        "slow",
        "p99_ratio",
        "A tenth of the viewers never reads: like to the others, 99 %",
        AtMost(1.2),
        Unit::Times,
    ),
    goal("slow", "kib_each", "the same: memory a slow reader", AtMost(256.0), Unit::Kibibytes),
    goal("slow", "kept_mib", "the same: memory not given back", AtMost(2.0), Unit::Mebibytes),
    goal(
        "comments",
        "screen_p99_ms",
        "Comments, 200 a second: until every reader has them, 99 %",
        AtMost(200.0),
        Unit::Millis,
    ),
    goal(
        "messages",
        "screen_p99_ms",
        "Messages, 2,000 a second in 1,000 conversations, 10,000 connected: until both sides have them, 99 %",
        AtMost(100.0),
        Unit::Millis,
    ),
    goal("messages", "server_cores", "the same: processor of the server", AtMost(2.0), Unit::Cores),
    goal(
        "message",
        "screen_p99_ms",
        "A quiet message: until both sides have it, 99 %",
        AtMost(10.0),
        Unit::Millis,
    ),
    goal(
        "inbox",
        "screen_p99_ms",
        "Messages to one inbox, 200 a second, 500 agents: until all of them have it, 99 %",
        AtMost(100.0),
        Unit::Millis,
    ),
    goal("inbox", "server_cores", "the same: processor of the server", AtMost(1.0), Unit::Cores),
    goal(
        "pages",
        "acts_per_second",
        "The page of a post, signed out, 64 connections",
        AtLeast(5000.0),
        Unit::PerSecond,
    ),
    goal("pages", "ack_p99_ms", "the same: 99 %", AtMost(20.0), Unit::Millis),
];

/// The rows of the table: what, the goal, the median, the range, reached or not.
pub(super) fn rows(steps: &Steps, viewers: usize) -> Vec<Vec<String>> {
    let row = |goal: &Goal| {
        let figure = steps.get(goal.step).and_then(|step| step.medians.row(goal.key));
        let (bound, reached) = match (&goal.bound, figure.map(crate::rounds::Row::median)) {
            (AtMost(bound), value) => {
                (format!("≤ {}", show(*bound, goal.unit)), value.map(|value| value <= *bound))
            }
            (AtLeast(bound), value) => {
                (format!("≥ {}", show(*bound, goal.unit)), value.map(|value| value >= *bound))
            }
        };
        let shown = figure.map_or_else(|| "–".into(), |row| format!("**{}**", show(row.median(), row.unit)));
        let verdict = match reached {
            Some(true) => "yes",
            Some(false) => "no",
            None => "not measured",
        };
        vec![
            goal.what.replace("{V}", &crate::out::count(viewers)),
            bound,
            shown,
            figure.map_or_else(|| "–".into(), crate::rounds::Row::range),
            verdict.to_owned(),
        ]
    };
    GOALS.iter().map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Step;

    #[test]
    fn a_goal_is_reached_or_not_or_not_measured() {
        let mut steps = Steps::new();
        let mut step = Step::default();
        step.medians.note("server_cores", "", Unit::Cores, 0.7);
        steps.insert("storm".into(), step);
        let mut step = Step::default();
        step.medians.note("ack_p99_ms", "", Unit::Millis, 51.0);
        steps.insert("overload".into(), step);
        let rows = rows(&steps, 5000);
        let verdict =
            |what: &str| rows.iter().find(|row| row[0].contains(what)).unwrap().last().unwrap().clone();
        assert_eq!(verdict("5,000 viewers, every like durable"), "yes");
        assert_eq!(verdict("like to its ok"), "no");
        assert_eq!(verdict("Quiet post"), "not measured");
    }
}
