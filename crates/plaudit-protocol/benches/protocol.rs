//! What a command costs to read and what a frame costs to write. `cargo bench -p plaudit-protocol`.

use std::borrow::Cow;
use std::hint::black_box;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use plaudit_protocol::{Command, OkReply, Push, Reply, encode};

const COMMANDS: [(&str, &str); 4] = [
    ("like", r#"{"type":"like","ref":7,"post":42,"on":true}"#),
    (
        "comment",
        r#"{"type":"comment","ref":8,"post":42,"text":"Bravo, and thank you!","key":"k-1f8a","parent":null}"#,
    ),
    (
        "subscribe",
        r#"{"type":"subscribe","ref":1,"topics":[{"topic":"post:42"},{"topic":"post:42/comments","since":17}]}"#,
    ),
    ("malformed", r#"{"type":"like","ref":7,"post":"42","on":true}"#),
];

fn decode(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("decode");
    for (name, text) in COMMANDS {
        group.throughput(Throughput::Bytes(text.len() as u64));
        group.bench_function(name, |bencher| bencher.iter(|| Command::parse(black_box(text))));
    }
}

fn encode_frames(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("encode");
    group.bench_function("counts", |bencher| {
        bencher.iter(|| {
            let topic = Cow::Borrowed(black_box("post:42"));
            encode(&Push::Counts { topic, version: 1234, likes: 1200, comments: 34 })
        });
    });
    group.bench_function("ok of a like", |bencher| {
        let ok = || {
            Reply::Ok(OkReply {
                reference: 7,
                post: Some(42),
                liked: Some(true),
                changed: Some(true),
                likes: Some(1201),
                version: Some(1235),
                ..OkReply::default()
            })
        };
        bencher.iter_batched(ok, |ok| encode(&ok), BatchSize::SmallInput);
    });
}

criterion_group!(benches, decode, encode_frames);
criterion_main!(benches);
