//! What the register says, with the elements that it has no place for filled in from the kept source.
//!
//! Three texts meet: `before`, what the source said when the register read it; `now`, what the register says; and the
//! `source`. Where `before` and `now` are equal the source's own form is kept (it says the same, and more); where they
//! differ the register's is written. The reader is the judge: [`super::fhir`] reads the result back, and where that is not
//! what the register holds, nothing of the source is used.

use super::tree::Tree;

/// Elements of one meaning and several types: when one changes, all of them of the source go.
const CHOICES: [&str; 8] =
    ["deceased", "onset", "abatement", "effective", "value", "performed", "occurrence", "medication"];

/// The choice that a member belongs to: `valueQuantity` to `value`.
fn choice_of(name: &str) -> Option<&'static str> {
    let name = name.strip_prefix('_').unwrap_or(name);
    CHOICES.into_iter().find(|stem| {
        name.strip_prefix(stem).is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_uppercase()))
    })
}

fn names(tree: &Tree) -> impl Iterator<Item = &str> {
    match tree {
        Tree::Object(members) => members.iter(),
        _ => [].iter(),
    }
    .map(|(name, _)| name.as_str())
}

/// Objects are merged member by member.
pub(crate) fn merged(before: &Tree, now: &Tree, source: &Tree) -> Tree {
    let changed = |name: &str| before.get(name) != now.get(name);
    let changed_choices: Vec<&str> =
        names(before).chain(names(now)).filter(|n| changed(n)).filter_map(choice_of).collect();
    let mut out = Vec::new();
    for name in names(source) {
        let said = source.get(name);
        if choice_of(name).is_some_and(|c| changed_choices.contains(&c)) {
            continue;
        }
        // `_birthDate` speaks of `birthDate`; when that has changed it no longer does.
        if let Some(spoken_of) = name.strip_prefix('_')
            && changed(spoken_of)
        {
            continue;
        }
        let value =
            if changed(name) { changed_value(before.get(name), now.get(name), said) } else { said.cloned() };
        out.extend(value.map(|v| (name.to_owned(), v)));
    }
    for name in names(now) {
        let chosen_anew = choice_of(name).is_some_and(|c| changed_choices.contains(&c));
        if chosen_anew || (source.get(name).is_none() && changed(name)) {
            out.extend(now.get(name).cloned().map(|v| (name.to_owned(), v)));
        }
    }
    Tree::Object(out)
}

fn changed_value(before: Option<&Tree>, now: Option<&Tree>, said: Option<&Tree>) -> Option<Tree> {
    let Some(said) = said else { return now.cloned() };
    match (before, now, said) {
        (_, Some(now @ Tree::Array(_)), Tree::Array(items)) => {
            Some(merged_lists(before.map_or(&[], Tree::items), now.items(), items))
        }
        (Some(before @ Tree::Array(_)), None, Tree::Array(items)) => {
            let left = merged_lists(before.items(), &[], items);
            (!left.is_empty()).then_some(left)
        }
        (Some(before @ Tree::Object(_)), Some(now @ Tree::Object(_)), Tree::Object(_)) => {
            Some(merged(before, now, said))
        }
        (_, now, _) => now.cloned(),
    }
}

/// Whether two values can be the same thing said twice: no leaf that both have differs, and one agrees.
fn alike(a: &Tree, b: &Tree) -> bool {
    fn compare(a: &Tree, b: &Tree, agreed: &mut bool) -> bool {
        match (a, b) {
            (Tree::Object(members), Tree::Object(_)) => members
                .iter()
                .filter(|(name, _)| name != "use")
                .all(|(name, value)| b.get(name).is_none_or(|other| compare(value, other, agreed))),
            (Tree::Array(left), Tree::Array(right)) => {
                left.iter().zip(right).all(|(l, r)| compare(l, r, agreed))
            }
            _ => {
                *agreed |= a == b;
                a == b
            }
        }
    }
    let mut agreed = false;
    compare(a, b, &mut agreed) && agreed
}

/// Lists: an item that is as it was keeps the source's form, a changed one is merged with it, one that has gone takes the
/// source's with it, a new one is added; what the register never read stays.
fn merged_lists(before: &[Tree], now: &[Tree], source: &[Tree]) -> Tree {
    let mut now_of: Vec<Option<usize>> = vec![None; before.len()];
    let mut free: Vec<usize> = (0..now.len()).collect();
    for (at, item) in before.iter().enumerate() {
        if let Some(found) = free.iter().position(|n| now[*n] == *item) {
            now_of[at] = Some(free.remove(found));
        }
    }
    // What is left over in both was changed, in order, as long as it is not simply gone.
    let left = now_of.iter().filter(|n| n.is_none()).count();
    if left > 0 {
        for paired in now_of.iter_mut().filter(|n| n.is_none()) {
            if free.is_empty() {
                break;
            }
            *paired = Some(free.remove(0));
        }
    }
    let mut source_of: Vec<Option<usize>> = vec![None; before.len()];
    for (at, item) in before.iter().enumerate() {
        let found = (0..source.len()).find(|s| !source_of.contains(&Some(*s)) && alike(item, &source[*s]));
        source_of[at] = found;
    }
    let mut out = Vec::new();
    for (at, item) in source.iter().enumerate() {
        let Some(read) = source_of.iter().position(|s| *s == Some(at)) else {
            out.push(item.clone());
            continue;
        };
        match now_of[read] {
            None => {}
            Some(n) if now[n] == before[read] => out.push(item.clone()),
            Some(n) if matches!(item, Tree::Object(_)) && matches!(now[n], Tree::Object(_)) => {
                out.push(merged(&before[read], &now[n], item));
            }
            Some(n) => out.push(now[n].clone()),
        }
    }
    for (at, n) in now_of.iter().enumerate() {
        if let (Some(n), None) = (n, source_of[at])
            && now[*n] != before[at]
        {
            out.push(now[*n].clone());
        }
    }
    out.extend(free.into_iter().map(|n| now[n].clone()));
    Tree::Array(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(json: &str) -> Tree {
        Tree::parse(json).unwrap()
    }

    #[test]
    fn what_is_unchanged_keeps_the_sources_form() {
        let source = tree(
            r#"{"name":[{"use":"old","family":"B"},{"family":"A","period":{"start":"1999"}}],"photo":[1]}"#,
        );
        let before = tree(r#"{"name":[{"use":"official","family":"A"}],"gender":"unknown"}"#);
        assert_eq!(merged(&before, &before, &source), source);
    }

    #[test]
    fn what_was_changed_is_the_registers_and_its_neighbours_stay() {
        let source = tree(
            r#"{"name":[{"use":"old","family":"B"},{"family":"A","given":["X"],"period":{"start":"1999"}}],"birthDate":"1990","_birthDate":{"id":"1"},"valueInteger":3,"photo":[1]}"#,
        );
        let before = tree(
            r#"{"name":[{"use":"official","family":"A","given":["X"]}],"birthDate":"1990","valueString":"3"}"#,
        );
        let now = tree(
            r#"{"name":[{"use":"official","family":"C","given":["X"]},{"use":"nickname","given":["N"]}],"birthDate":"1991","valueString":"4"}"#,
        );
        let expected = tree(
            r#"{"name":[{"use":"old","family":"B"},{"family":"C","given":["X"],"period":{"start":"1999"}},{"use":"nickname","given":["N"]}],"birthDate":"1991","photo":[1],"valueString":"4"}"#,
        );
        assert_eq!(merged(&before, &now, &source).to_json(), expected.to_json());
    }

    #[test]
    fn what_is_gone_takes_its_source_along() {
        let source = tree(
            r#"{"telecom":[{"system":"phone","value":"1","rank":1},{"value":"2"}],"deceasedBoolean":true}"#,
        );
        let before = tree(
            r#"{"telecom":[{"system":"phone","value":"1"},{"system":"phone","value":"2"}],"deceasedBoolean":true}"#,
        );
        let now = tree(r#"{"telecom":[{"system":"phone","value":"2"}]}"#);
        assert_eq!(merged(&before, &now, &source).to_json(), r#"{"telecom":[{"value":"2"}]}"#);
    }
}
