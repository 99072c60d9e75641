//! Scripts as they are served: the modules of `browser/` joined into one, without their comments.
//!
//! One file is one request, and it compresses by a quarter better than two dozen small ones. The sources stay plain
//! modules, which the tests run as they are. This goes by lines: an import or export stands on one line, as the rest of
//! this file says, and a test joins all of ours.

use std::collections::BTreeMap;
use std::fmt::Write as _;

/// What is wrong with a module, and where.
pub(super) type Mistake = String;

/// A module: what it needs, what it gives, and its lines without either word.
struct Module<'a> {
    imports: Vec<(&'a str, String)>,
    exports: Vec<&'a str>,
    lines: Vec<&'a str>,
}

/// Joins a module with all that it imports. Each becomes a function of its own, called once, which gives its exports:
/// so names need to be unique within a module only.
pub(super) fn join(modules: &BTreeMap<String, String>, entry: &str) -> Result<String, Mistake> {
    let mut joined = String::new();
    add(modules, entry, &mut Vec::new(), &mut Vec::new(), &mut joined)?;
    Ok(joined)
}

fn add<'a>(
    modules: &'a BTreeMap<String, String>,
    name: &str,
    above: &mut Vec<String>,
    done: &mut Vec<(String, Vec<&'a str>)>,
    joined: &mut String,
) -> Result<usize, Mistake> {
    if let Some(at) = done.iter().position(|(other, _)| other == name) {
        return Ok(at);
    }
    if above.iter().any(|other| other == name) {
        return Err(format!("{name} imports itself by way of {above:?}"));
    }
    let (_, text) = modules.get_key_value(name).ok_or_else(|| format!("{name} is imported and not there"))?;
    let module = read(name, text)?;
    above.push(name.to_owned());
    let mut head = String::new();
    for (names, path) in &module.imports {
        let at = add(modules, path, above, done, joined)?;
        let missing = names.split(',').map(str::trim).find(|wanted| !done[at].1.contains(wanted));
        if let Some(missing) = missing {
            return Err(format!("{name} imports {missing}, which {path} does not export"));
        }
        let _ = writeln!(head, "const{{{names}}}=${at};");
    }
    above.pop();
    let (lines, exports) = (module.lines.join("\n"), module.exports.join(","));
    let _ = writeln!(joined, "const ${}=(()=>{{\n{head}{lines}\nreturn{{{exports}}}}})();", done.len());
    done.push((name.to_owned(), module.exports));
    Ok(done.len() - 1)
}

fn read<'a>(name: &str, text: &'a str) -> Result<Module<'a>, Mistake> {
    let mut module = Module { imports: Vec::new(), exports: Vec::new(), lines: Vec::new() };
    for line in text.lines().filter(|line| !line.is_empty()) {
        let understood = if let Some(import) = line.strip_prefix("import ") {
            import_of(name, import).map(|import| module.imports.push(import))
        } else if let Some(export) = line.strip_prefix("export ") {
            module.lines.push(export);
            export_of(export).map(|export| module.exports.push(export))
        } else {
            module.lines.push(line);
            Some(())
        };
        understood.ok_or_else(|| format!("{name}: this import or export can't be joined: {line}"))?;
    }
    Ok(module)
}

/// `{ A, B } from "../x.js";`
fn import_of<'a>(importer: &str, import: &'a str) -> Option<(&'a str, String)> {
    let (names, path) = import.strip_prefix('{')?.split_once("} from \"")?;
    let path = path.strip_suffix("\";")?;
    let folder = importer.rsplit_once('/').map_or("", |(folder, _)| folder);
    let path = match path.strip_prefix("../") {
        Some(path) => {
            folder.rsplit_once('/').map_or_else(|| path.to_owned(), |(up, _)| format!("{up}/{path}"))
        }
        None if folder.is_empty() => path.strip_prefix("./")?.to_owned(),
        None => format!("{folder}/{}", path.strip_prefix("./")?),
    };
    Some((names.trim(), path))
}

/// `const a = …`, `class A …`, `function a(…`, `async function a(…`
fn export_of(export: &str) -> Option<&str> {
    let named = export.strip_prefix("async ").unwrap_or(export);
    let named = ["const ", "class ", "function "].iter().find_map(|word| named.strip_prefix(word))?;
    let end = named.find(|c: char| !c.is_alphanumeric() && c != '_')?;
    Some(&named[..end]).filter(|name| !name.is_empty())
}

/// A script without indentation, without the comments at the beginnings of its lines and without types. It goes by
/// lines, so a template literal of ours must not begin one with `//` or `/*`; a test looks for such.
pub(super) fn without_comments(script: &str) -> String {
    let mut kept = String::with_capacity(script.len());
    let mut inside = false;
    for line in script.lines() {
        let mut rest = line.trim();
        loop {
            if inside {
                let Some((_, after)) = rest.split_once("*/") else {
                    rest = "";
                    break;
                };
                (rest, inside) = (after.trim_start(), false);
            }
            let Some(after) = rest.strip_prefix("/*") else { break };
            (rest, inside) = (after, true);
        }
        if rest.starts_with("//") {
            rest = "";
        }
        while let Some((before, (_, after))) =
            rest.split_once("/** @").and_then(|(before, after)| Some((before, after.split_once("*/")?)))
        {
            kept.push_str(before);
            rest = after.trim_start();
        }
        kept.push_str(rest);
        kept.push('\n');
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn modules(files: &[(&str, &str)]) -> BTreeMap<String, String> {
        files.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
    }

    #[test]
    fn modules_are_joined_after_what_they_import_and_each_once() {
        let files = modules(&[
            ("main.js", "import { A } from \"./parts/a.js\";\nimport { b } from \"./b.js\";\nnew A(b);"),
            (
                "parts/a.js",
                "import { b, c } from \"../b.js\";\nimport { d } from \"./d.js\";\nexport class A {}",
            ),
            ("parts/d.js", "export async function d() {}"),
            ("b.js", "const own = 1;\nexport const b = own;\nexport function c(x) {}"),
        ]);
        let expected = "const $0=(()=>{\nconst own = 1;\nconst b = own;\nfunction c(x) {}\nreturn{b,c}})();\n\
            const $1=(()=>{\nasync function d() {}\nreturn{d}})();\n\
            const $2=(()=>{\nconst{b, c}=$0;\nconst{d}=$1;\nclass A {}\nreturn{A}})();\n\
            const $3=(()=>{\nconst{A}=$2;\nconst{b}=$0;\nnew A(b);\nreturn{}})();\n";
        assert_eq!(join(&files, "main.js").unwrap(), expected);
    }

    #[test]
    fn what_cannot_be_joined_is_named() {
        for (text, named) in [
            ("import { x } from \"./none.js\";", "none.js"),
            ("import { x } from \"./main.js\";", "itself"),
            ("import x from \"./b.js\";", "import x from"),
            ("import { x } from \"https://example.org/x.js\";", "example.org"),
            ("import { x } from \"./b.js\";", "imports x"),
            ("export default 1;", "export default"),
            ("export { x };", "export { x }"),
            ("export const { x } = y;", "export const {"),
        ] {
            let files = modules(&[("main.js", text), ("b.js", "const x = 1;")]);
            let mistake = join(&files, "main.js").unwrap_err();
            assert!(mistake.contains(named), "{text}: {mistake}");
        }
    }

    #[test]
    fn comments_and_types_stay_behind() {
        let script = "// a\nlet b = 1; // c\n  /** d\n   * e */ /* f */ let g;\n/** h */\nlet i = \"// j\";\n\
            const k = /** @type {any} */ (l), /** @type {m} */ n = o;\n/** @type {p} */ q = r;\n";
        let kept = "\nlet b = 1; // c\n\nlet g;\n\nlet i = \"// j\";\nconst k = (l), n = o;\nq = r;\n";
        assert_eq!(without_comments(script), kept);
    }
}
