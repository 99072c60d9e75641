//! What the values of a request may be, as JSON Schema, with the limits of the domain: a request that fits is taken, and
//! what is refused does not fit. A test sends what is just inside and just outside.

use std::borrow::Cow;

use serde_json::{Value, json};
use utoipa::openapi::extensions::Extensions;
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, SchemaFormat, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::domain::inbox::{FIGURE_DAYS, GREETING_LIMIT, SHORTCUT_LIMIT};
use crate::domain::page::{PAGE_DEFAULT, PAGE_LIMIT};
use crate::domain::report::REASON_LIMIT;
use crate::domain::search::QUERY_LIMIT;
use crate::domain::user::{BIO_LIMIT, HANDLE_LENGTH, NAME_LIMIT, PASSWORD_LENGTH};
use crate::domain::{ID_LIMIT, comment, common_passwords, message, post, text};

/// Names a kind of value and describes it.
macro_rules! values {
    ($($name:ident: $schema:expr;)*) => {$(
        pub(super) struct $name;

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                $schema.into()
            }
        }

        impl ToSchema for $name {
            fn name() -> Cow<'static, str> {
                stringify!($name).into()
            }
        }
    )*};
}

values! {
    Id: integer("An id.", 1, ID_LIMIT - 1);
    Limit: integer("How many items.", 1, u64::from(PAGE_LIMIT)).default(Some(json!(PAGE_DEFAULT)));
    // Fifteen digits stay below the limit of ids, and no list is longer.
    Cursor: string("The end of a page: `next` of the one before.").pattern(Some("^[1-9][0-9]{0,14}$"));
    Handle: sized("A member's handle.", *HANDLE_LENGTH.start(), *HANDLE_LENGTH.end()).pattern(Some("^[a-z0-9_]+$"));
    Key: sized("The client's own key, random and new for each act.", 1, text::KEY_LIMIT)
        .pattern(Some("^[A-Za-z0-9_-]+$"));
    PostText: sized("Something in it can be seen; blanks around it are cut off.", 1, post::TEXT_LIMIT).pattern(Some(visible(LINES)));
    CommentText: sized("Something in it can be seen; blanks around it are cut off.", 1, comment::TEXT_LIMIT).pattern(Some(visible(LINES)));
    MessageText: sized("Something in it can be seen; blanks around it are cut off.", 1, message::TEXT_LIMIT).pattern(Some(visible(LINES)));
    SmsText: sized("As a message's, and shorter: it goes to a telephone.", 1, message::SMS_LIMIT).pattern(Some(visible(LINES)));
    Phone: string("A number with its country's code; blanks and signs between the digits do not count. Without a code it is a number of the inbox's country.");
    Position: integer("A position in a stream.", 0, ID_LIMIT - 1);
    Name: sized("In one line. Something in it can be seen; blanks around it are cut off.", 1, NAME_LIMIT).pattern(Some(visible(LINE)));
    Prefix: sized("The beginning of a handle or a name, in any case.", 1, NAME_LIMIT).pattern(Some(any(LINE)));
    Bio: sized("What a member says of itself.", 0, BIO_LIMIT).pattern(Some(any(LINES)));
    Greeting: sized("What a visitor reads before writing.", 0, GREETING_LIMIT).pattern(Some(any(LINES)));
    Role: string("What an agent may do.").enum_values(Some(["admin", "agent"]));
    Shortcut: sized("What an agent types behind a `/`.", 1, SHORTCUT_LIMIT).pattern(Some("^[a-z0-9_-]+$"));
    Days: integer("How many days, this one included.", 1, u64::from(FIGURE_DAYS)).default(Some(json!(7)));
    Status: string("Whether a case is worked on.").enum_values(Some(["open", "snoozed", "closed"]));
    Reason: sized("Why it is reported.", 0, REASON_LIMIT).pattern(Some(any(LINES)));
    Password: secret(sized("The password as it is.", 1, *PASSWORD_LENGTH.end()));
    NewPassword: new_password();
    Order: string("In which order.").enum_values(Some(["oldest", "newest"])).default(Some(json!("oldest")));
    Search: sized("What somebody types to find something: whatever it is, it is words.", 0, QUERY_LIMIT);
    CaseOrder: string("In which order.").enum_values(Some(["newest", "longest"])).default(Some(json!("newest")));
    Time: string("RFC 3339 in UTC with milliseconds, as in answers.")
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
        .pattern(Some(r"^[12][0-9]{3}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z$"));
}

/// The characters that a text of several lines cannot hold.
const LINES: &str = r"\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F-\u009F";
/// Those that a text of one line cannot hold.
const LINE: &str = r"\u0000-\u001F\u007F-\u009F";
/// Those that nobody sees, as `domain::visible` knows them.
const UNSEEN: &str = concat!(
    r"\u0000-\u0020\u007F-\u00A0\u00AD\u034F\u061C\u115F\u1160\u1680\u17B4\u17B5\u180B-\u180F\u2000-\u200F",
    r"\u2028-\u202F\u205F-\u206F\u2800\u3000\u3164\uFE00-\uFE0F\uFEFF\uFFA0\uFFF0-\uFFFC",
    // Not every dialect of patterns has an escape for these.
    "\u{13430}-\u{1343F}\u{1BCA0}-\u{1BCA3}\u{1D159}\u{1D173}-\u{1D17A}\u{E0000}-\u{E0FFF}",
);

/// A text without the characters of a class.
fn any(refused: &str) -> String {
    format!("^[^{refused}]*$")
}

/// The same, with something visible in it.
fn visible(refused: &str) -> String {
    format!("^[^{refused}]*[^{UNSEEN}][^{refused}]*$")
}

fn integer(description: &str, min: u64, max: u64) -> ObjectBuilder {
    let limit = |number| usize::try_from(number).ok();
    let builder = ObjectBuilder::new().schema_type(Type::Integer).description(Some(description));
    builder.minimum(limit(min)).maximum(limit(max))
}

fn string(description: &str) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String).description(Some(description))
}

/// A string of `min` to `max` characters.
fn sized(description: &str, min: usize, max: usize) -> ObjectBuilder {
    string(description).min_length(Some(min).filter(|min| *min > 0)).max_length(Some(max))
}

fn secret(string: ObjectBuilder) -> ObjectBuilder {
    string.format(Some(SchemaFormat::KnownFormat(KnownFormat::Password)))
}

/// A password that is counted in bytes, where JSON Schema counts characters: each has four at most, and one in ASCII. Of
/// the common ones the schema names those that a program comes upon: all of them would fill a book, and not a nice one.
fn new_password() -> ObjectBuilder {
    let (min, max) = PASSWORD_LENGTH.into_inner();
    let description = format!(
        "A new password: {min} to {max} bytes in UTF-8, without a NUL, and none of the 10,000 commonest."
    );
    let rules = json!([
        {"anyOf": [{"maxLength": max / 4}, {"pattern": r"^[\u0000-\u007F]*$"}]},
        {"not": {"enum": common_passwords::plain().collect::<Vec<_>>()}},
    ]);
    secret(sized(&description, min, max))
        .pattern(Some(r"^[^\u0000]*$"))
        .extensions(Some(keyword("allOf", rules)))
}

/// A keyword of JSON Schema that the library has no field for.
pub(super) fn keyword(name: &str, value: Value) -> Extensions {
    [(name, value)].into_iter().collect()
}
