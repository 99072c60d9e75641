//! A load is worth what it notices: every scenario passes against an honest server, and fails for each single lie.
#![allow(clippy::unwrap_used, clippy::missing_panics_doc, missing_docs, unreachable_pub)]

mod liar;

use clap::Parser as _;
use liar::{Liar, Lie};
use plaudit_load::{Cli, measure};
use serde_json::Value;

/// Runs a scenario, small, against a server with this lie; gives the outcome, and whether it came to the lie. Where a
/// busy machine did too little for that, once more and longer.
fn run(lie: Lie, scenario: &str) -> (Value, bool) {
    let mut seconds = 0.2;
    loop {
        let liar = Liar::start(lie);
        let url = format!("http://{}", liar.address);
        // What is missing must come for an honest server, however busy the machine is, and never comes for the others.
        let patience = if lie == Lie::None { 20.0 } else { 0.2 };
        let line = format!("load {scenario} --seconds {seconds} --url {url} --patience {patience}");
        let args = Cli::try_parse_from(line.split(' ')).unwrap().into_args();
        let outcome = measure(&args).unwrap();
        let enough = if lie == Lie::None { has_enough(&outcome) } else { liar.has_lied() };
        if enough || seconds > 10.0 {
            return (outcome, liar.has_lied());
        }
        seconds *= 2.0;
    }
}

/// Whether there was enough to lie about.
fn has_enough(outcome: &Value) -> bool {
    outcome["figures"]["acts"].as_f64().is_none_or(|acts| acts >= 8.0)
}

#[track_caller]
fn passes(scenario: &str) {
    let (outcome, lied) = run(Lie::None, scenario);
    assert_eq!((&outcome["passed"], lied), (&Value::Bool(true), false), "{scenario}: {outcome:#}");
    assert!(has_enough(&outcome), "too little to lie: {outcome:#}");
}

/// Each lie, and a word that the first faults must contain.
#[track_caller]
fn fails(scenario: &str, lies: &[(Lie, &str)]) {
    for (lie, word) in lies {
        let (outcome, lied) = run(*lie, scenario);
        assert!(lied, "{scenario} did not come to {lie:?}: {outcome:#}");
        assert_eq!(outcome["passed"], false, "{scenario} did not notice {lie:?}: {outcome:#}");
        let said = outcome["faults"]["first"].to_string();
        assert!(said.contains(word), "{scenario}, {lie:?} should say {word:?}: {said}");
    }
}

const CLOSED: &str = "watch --viewers 3";
const PACED: &str = "watch --viewers 3 --rate 100";

#[test]
fn watch_notices_every_lie_about_a_count() {
    passes(CLOSED);
    fails(
        CLOSED,
        &[
            (Lie::Drop, "in time"),
            (Lie::DropRest, "in time"),
            (Lie::Double, "twice"),
            (Lie::Back, "went back"),
            (Lie::WrongLikes, "likes at version"),
            (Lie::ForgetLike, "its ok said"),
            (Lie::CountTwice, "its ok said"),
            (Lie::NoAnswer, "in time"),
            (Lie::AnswerTwice, "nothing with it is open"),
            (Lie::WrongOk, "was told"),
            (Lie::HangUp, "was cut off"),
            (Lie::Stray, "not subscribed"),
        ],
    );
}

#[test]
fn at_a_rate_only_what_ends_wrong_is_wrong() {
    passes(PACED);
    // The next count makes up for one that was left out: that is what states are for.
    let (outcome, lied) = run(Lie::Drop, PACED);
    assert!(lied && outcome["passed"] == true, "{outcome:#}");
    fails(
        PACED,
        &[
            (Lie::DropRest, "ended on version"),
            (Lie::Double, "twice"),
            (Lie::Swap, "went back"),
            (Lie::WrongLikes, "likes at version"),
            (Lie::NoAnswer, "never answered"),
            (Lie::FoolVisitors, "a new visitor"),
        ],
    );
}

#[test]
fn the_other_scenarios_of_likes_notice_lies_too() {
    for scenario in [
        "like-storm --viewers 3 --likers 3 --rates 50,100",
        "feed --viewers 3 --posts 6 --each 3 --burst 4",
        "slow-readers --viewers 4 --slow 1 --posts 2 --likers 2 --rate 100",
    ] {
        passes(scenario);
        fails(scenario, &[(Lie::DropRest, ""), (Lie::Double, "twice"), (Lie::ForgetLike, "its ok said")]);
    }
}

#[test]
fn write_notices_lies_over_the_socket_and_by_http() {
    for scenario in ["write --likers 3 --posts 2 --depth 2", "write --likers 3 --posts 2 --http"] {
        passes(scenario);
        fails(scenario, &[(Lie::ForgetLike, "its ok said"), (Lie::FoolVisitors, "a new visitor")]);
    }
    fails("write --likers 3 --posts 2", &[(Lie::NoAnswer, "never answered"), (Lie::AnswerTwice, "is open")]);
}

#[test]
fn idle_notices_who_was_forgotten() {
    let scenario = "idle --viewers 4 --posts 1";
    let (outcome, _) = run(Lie::None, scenario);
    assert_eq!(outcome["passed"], true, "{outcome:#}");
    let (outcome, lied) = run(Lie::FoolVisitors, scenario);
    assert!(lied && outcome["passed"] == false, "{outcome:#}");
}

#[test]
fn comments_notices_every_lie_about_a_stream() {
    let scenario = "comments --viewers 3 --likers 2 --rate 100";
    passes(scenario);
    fails(
        scenario,
        &[
            (Lie::Drop, "after"),
            (Lie::DropRest, "ended on"),
            (Lie::Double, "after"),
            (Lie::Swap, "after"),
            (Lie::WrongId, "its ok said"),
            (Lie::HideComment, "a new visitor"),
            (Lie::NoAnswer, "never answered"),
            (Lie::AnswerTwice, "answers nothing"),
            (Lie::HangUp, "cut off"),
            (Lie::Resync, "resumed after"),
        ],
    );
}
