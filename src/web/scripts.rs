//! Scripts as they are served: the modules of `browser/` joined into one file for each page, without their comments.
//!
//! What all pages share is one file, and what a page needs beyond it is another, which imports the first. So a page loads
//! two files instead of two dozen, they compress by a quarter better, and no page loads the script of another. The
//! sources stay plain modules, which the tests run as they are. This goes by lines: an import or export stands on one
//! line, as the rest of this file says, and a test joins all of ours.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

/// What is wrong with a module, and where.
pub(super) type Mistake = String;

/// A module: what it needs, what it gives, and its lines without either word.
struct Module<'a> {
    imports: Vec<(&'a str, String)>,
    exports: Vec<&'a str>,
    lines: Vec<&'a str>,
}

/// Joins the module `shared` with all that it imports, and each of `pages` with what it imports beyond that. `folder` is
/// the address of the files: a page's file imports the shared one of its own build, wherever it was loaded from.
///
/// Each module becomes a function of its own, called once, which gives its exports: so names need to be unique within a
/// module only.
pub(super) fn join(
    modules: &BTreeMap<String, String>,
    shared: &str,
    pages: &[&str],
    folder: &str,
) -> Result<BTreeMap<String, String>, Mistake> {
    let mut joint = Joint { modules, done: Vec::new(), above: Vec::new(), joined: String::new(), shared: 0 };
    joint.add(shared)?;
    joint.shared = joint.done.len();
    let mut base = std::mem::take(&mut joint.joined);
    let mut used = BTreeSet::new();
    let mut files = BTreeMap::new();
    for page in pages {
        joint.done.truncate(joint.shared);
        joint.add(page)?;
        let joined = std::mem::take(&mut joint.joined);
        let names: Vec<_> = (0..joint.shared).map(|at| format!("${at}")).collect();
        let names: Vec<_> = names.into_iter().filter(|name| joined.contains(&format!("={name};"))).collect();
        let import = format!("import{{{}}}from\"{folder}/{shared}\";\n", names.join(","));
        used.extend(names);
        files.insert((*page).to_owned(), import + &joined);
    }
    if !used.is_empty() {
        let _ = writeln!(base, "export{{{}}};", Vec::from_iter(used).join(","));
    }
    files.insert(shared.to_owned(), base);
    Ok(files)
}

/// A file that is being joined.
struct Joint<'a> {
    modules: &'a BTreeMap<String, String>,
    /// The modules that stand above, each with its exports: module 3 is the constant `$3`.
    done: Vec<(String, Vec<&'a str>)>,
    /// The modules whose imports are being added.
    above: Vec<String>,
    joined: String,
    /// So many of `done` are in the file that all pages share.
    shared: usize,
}

impl Joint<'_> {
    /// Adds a module after what it imports, unless it is there; gives its number.
    fn add(&mut self, name: &str) -> Result<usize, Mistake> {
        if let Some(at) = self.done.iter().position(|(other, _)| other == name) {
            return Ok(at);
        }
        if self.above.iter().any(|other| other == name) {
            return Err(format!("{name} imports itself by way of {:?}", self.above));
        }
        let (_, text) =
            self.modules.get_key_value(name).ok_or_else(|| format!("{name} is imported and not there"))?;
        let module = read(name, text)?;
        self.above.push(name.to_owned());
        let mut head = String::new();
        for (names, path) in &module.imports {
            let at = self.add(path)?;
            let missing = names.split(',').map(str::trim).find(|wanted| !self.done[at].1.contains(wanted));
            if let Some(missing) = missing {
                return Err(format!("{name} imports {missing}, which {path} does not export"));
            }
            let _ = writeln!(head, "const{{{names}}}=${at};");
        }
        self.above.pop();
        let (lines, exports) = (module.lines.join("\n"), module.exports.join(","));
        let at = self.done.len();
        let _ = writeln!(self.joined, "const ${at}=(()=>{{\n{head}{lines}\nreturn{{{exports}}}}})();");
        self.done.push((name.to_owned(), module.exports));
        Ok(at)
    }
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
        assert_eq!(join(&files, "main.js", &[], "").unwrap()["main.js"], expected);
    }

    #[test]
    fn a_page_imports_from_the_shared_file_what_stands_there_and_holds_only_the_rest() {
        let files = modules(&[
            ("main.js", "import { a } from \"./a.js\";\nimport { b } from \"./b.js\";\na(b);"),
            ("a.js", "export function a(x) {}"),
            ("b.js", "export const b = 1;"),
            ("one.js", "import { b } from \"./b.js\";\nimport { c } from \"./c.js\";\nc(b);"),
            ("two.js", "import { c } from \"./c.js\";\nc(2);"),
            ("c.js", "export function c(x) {}"),
        ]);
        let joined = join(&files, "main.js", &["one.js", "two.js"], "/assets/1").unwrap();
        let c = "const $3=(()=>{\nfunction c(x) {}\nreturn{c}})();\n";
        let one = format!(
            "import{{$1}}from\"/assets/1/main.js\";\n{c}\
             const $4=(()=>{{\nconst{{b}}=$1;\nconst{{c}}=$3;\nc(b);\nreturn{{}}}})();\n"
        );
        let two = format!(
            "import{{}}from\"/assets/1/main.js\";\n{c}\
             const $4=(()=>{{\nconst{{c}}=$3;\nc(2);\nreturn{{}}}})();\n"
        );
        assert_eq!((&joined["one.js"], &joined["two.js"]), (&one, &two));
        assert!(joined["main.js"].ends_with("export{$1};\n"), "{}", joined["main.js"]);
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
            let mistake = join(&files, "main.js", &[], "").unwrap_err();
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
