//! Scripts as they are served: the modules of `browser/` joined into one file for each page, without their comments.
//!
//! What all pages share is one file, what a page needs beyond it is another, which imports the first, and what only some
//! people need there may be a third, which the second loads on demand. So a page loads two files instead of two dozen,
//! they compress by a quarter better, and no page loads the script of another. The sources stay plain modules, which the
//! tests run as they are. This goes by lines: an import or export stands on one line, as the rest of this file says, and a
//! test joins all of ours.

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

/// A file to be joined: its module, and the file before it in the list that it stands on.
pub(super) type Entry = (&'static str, Option<&'static str>);

/// Joins each entry with all that it imports and that the file which it stands on does not hold. `folder` is the address
/// of the files: they import those of their own build, wherever they were loaded from.
///
/// Each module becomes a function of its own, called once, which gives its exports: so names need to be unique within a
/// module only.
pub(super) fn join(
    modules: &BTreeMap<String, String>,
    entries: &[Entry],
    folder: &str,
) -> Result<BTreeMap<String, String>, Mistake> {
    let mut files: BTreeMap<&str, File> = BTreeMap::new();
    for (name, base) in entries {
        let done = base.and_then(|base| files.get(base)).map_or_else(Vec::new, |base| base.done.clone());
        let mut joint =
            Joint { modules, entries, folder, file: name, done, above: Vec::new(), joined: String::new() };
        joint.add(name)?;
        let Joint { done, joined, .. } = joint;
        let mut file = File { done, text: String::new(), exports: BTreeSet::new() };
        let mut imports: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for (at, module) in file.done.iter().enumerate() {
            let constant = format!("${at}");
            if module.file != *name && joined.contains(&format!("={constant};")) {
                imports.entry(module.file).or_default().push(constant);
            }
        }
        for (from, names) in imports {
            let _ = writeln!(file.text, "import{{{}}}from\"{folder}/{from}\";", names.join(","));
            if let Some(from) = files.get_mut(from) {
                from.exports.extend(names);
            }
        }
        file.text.push_str(&joined);
        files.insert(name, file);
    }
    Ok(files.into_iter().map(|(name, file)| (name.to_owned(), file.finish())).collect())
}

/// A file that has been joined.
struct File<'a> {
    /// The modules in it and in the files that it stands on: the third of them is the constant `$2`.
    done: Vec<Done<'a>>,
    text: String,
    /// The constants that other files import.
    exports: BTreeSet<String>,
}

impl File<'_> {
    fn finish(mut self) -> String {
        if !self.exports.is_empty() {
            let _ = writeln!(self.text, "export{{{}}};", Vec::from_iter(self.exports).join(","));
        }
        self.text
    }
}

/// A module that has been added, the file that holds it, and what it exports.
#[derive(Clone)]
struct Done<'a> {
    module: String,
    file: &'static str,
    exports: Vec<&'a str>,
}

/// A file that is being joined.
struct Joint<'a, 'b> {
    modules: &'a BTreeMap<String, String>,
    entries: &'b [Entry],
    folder: &'b str,
    file: &'static str,
    done: Vec<Done<'a>>,
    /// The modules whose imports are being added.
    above: Vec<String>,
    joined: String,
}

impl Joint<'_, '_> {
    /// Adds a module after what it imports, unless it is there; gives its number.
    fn add(&mut self, name: &str) -> Result<usize, Mistake> {
        if let Some(at) = self.done.iter().position(|done| done.module == name) {
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
            let missing =
                names.split(',').map(str::trim).find(|wanted| !self.done[at].exports.contains(wanted));
            if let Some(missing) = missing {
                return Err(format!("{name} imports {missing}, which {path} does not export"));
            }
            let _ = writeln!(head, "const{{{names}}}=${at};");
        }
        self.above.pop();
        let lines = self.on_demand(name, &module.lines.join("\n"))?;
        let exports = module.exports.join(",");
        let at = self.done.len();
        let _ = writeln!(self.joined, "const ${at}=(()=>{{\n{head}{lines}\nreturn{{{exports}}}}})();");
        if name == self.file && !exports.is_empty() {
            let _ = writeln!(self.joined, "export const{{{exports}}}=${at};");
        }
        self.done.push(Done { module: name.to_owned(), file: self.file, exports: module.exports });
        Ok(at)
    }

    /// A module's lines, with the addresses of the files that it loads on demand: `import("./x.js")`.
    fn on_demand(&self, name: &str, lines: &str) -> Result<String, Mistake> {
        let mut parts = lines.split("import(\"");
        let mut given = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let (path, rest) = part.split_once('"').unwrap_or((part, ""));
            let file = path_of(name, path).filter(|file| self.entries.iter().any(|(entry, _)| entry == file));
            let file = file.ok_or_else(|| format!("{name} loads {path}, which is no file of its own"))?;
            let _ = write!(given, "import(\"{}/{file}\"{rest}", self.folder);
        }
        Ok(given)
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
    let path = path_of(importer, path.strip_suffix("\";")?)?;
    Some((names.trim(), path))
}

/// Where `./x.js` or `../x.js` in a module leads.
fn path_of(importer: &str, path: &str) -> Option<String> {
    let folder = importer.rsplit_once('/').map_or("", |(folder, _)| folder);
    Some(match path.strip_prefix("../") {
        Some(path) => {
            folder.rsplit_once('/').map_or_else(|| path.to_owned(), |(up, _)| format!("{up}/{path}"))
        }
        None if folder.is_empty() => path.strip_prefix("./")?.to_owned(),
        None => format!("{folder}/{}", path.strip_prefix("./")?),
    })
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
        assert_eq!(join(&files, &[("main.js", None)], "").unwrap()["main.js"], expected);
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
        let entries = [("main.js", None), ("one.js", Some("main.js")), ("two.js", Some("main.js"))];
        let joined = join(&files, &entries, "/assets/1").unwrap();
        let c = "const $3=(()=>{\nfunction c(x) {}\nreturn{c}})();\n";
        let one = format!(
            "import{{$1}}from\"/assets/1/main.js\";\n{c}\
             const $4=(()=>{{\nconst{{b}}=$1;\nconst{{c}}=$3;\nc(b);\nreturn{{}}}})();\n"
        );
        let two = format!("{c}const $4=(()=>{{\nconst{{c}}=$3;\nc(2);\nreturn{{}}}})();\n");
        assert_eq!((&joined["one.js"], &joined["two.js"]), (&one, &two));
        assert!(joined["main.js"].ends_with("export{$1};\n"), "{}", joined["main.js"]);
    }

    #[test]
    fn what_is_loaded_on_demand_is_a_file_that_imports_from_all_it_stands_on_and_exports() {
        let files = modules(&[
            ("main.js", "import { a } from \"./a.js\";\na();"),
            ("a.js", "export function a() {}"),
            ("one.js", "import { b } from \"./parts/b.js\";\nb();"),
            ("parts/b.js", "export const b = () => import(\"../more.js\");"),
            (
                "more.js",
                "import { a } from \"./a.js\";\nimport { b } from \"./parts/b.js\";\nexport const c = [a, b];",
            ),
        ]);
        let entries = [("main.js", None), ("one.js", Some("main.js")), ("more.js", Some("one.js"))];
        let joined = join(&files, &entries, "/assets/1").unwrap();
        let more = "import{$0}from\"/assets/1/main.js\";\nimport{$2}from\"/assets/1/one.js\";\n\
            const $4=(()=>{\nconst{a}=$0;\nconst{b}=$2;\nconst c = [a, b];\nreturn{c}})();\nexport const{c}=$4;\n";
        assert_eq!(joined["more.js"], more);
        assert!(joined["one.js"].contains("() => import(\"/assets/1/more.js\");"), "{}", joined["one.js"]);
        assert!(joined["one.js"].ends_with("export{$2};\n"), "{}", joined["one.js"]);
        let mistake = join(&files, &entries[..2], "/assets/1").unwrap_err();
        assert!(mistake.contains("more.js"), "{mistake}");
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
            let mistake = join(&files, &[("main.js", None)], "").unwrap_err();
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
