//! One person, one record: whom a form could be, the work list, merging and taking it back, through the front door.

use rustcare_test_support::{Session, TestClinic, form};
use rustcare_workstation::{ProblemCode, Role, test_entry};
use serde_json::{Value, json};

fn register(desk: &Session<'_>, form: Value) -> Value {
    desk.ask("register_patient", json!({ "form": form })).expect("registered")["patient_id"].clone()
}

/// Asks until the index has been read; that is a matter of milliseconds here.
fn candidates(desk: &Session<'_>, form: &Value) -> Value {
    for _ in 0..500 {
        let found = desk.ask("find_candidates", json!({ "form": form })).expect("asked");
        if found["ready"] == true {
            return found;
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    panic!("the index never became ready");
}

fn with(mut form: Value, fields: &[(&str, &str)]) -> Value {
    for (field, value) in fields {
        form[*field] = json!(value);
    }
    form
}

fn open_list(desk: &Session<'_>) -> Value {
    candidates(desk, &form("", "", ""));
    desk.ask("list_duplicates", json!({ "part": "open", "limit": 50, "offset": 0 })).expect("listed")
}

#[test]
fn a_form_says_who_it_could_be_before_it_is_saved_and_stops_nobody() {
    let clinic = TestClinic::new();
    let desk = clinic.sign_in(&[Role::FrontDesk]);
    let known =
        register(&desk, with(form("Margaret", "Okonkwo", "1961-07-09"), &[("phone", "+1 202 555 0143")]));
    register(&desk, form("Tom", "Berg", "4 May 1990"));

    let typed = with(form("Margret", "Okonkwo", "9 Jul 1961"), &[("phone", "202 555 0143")]);
    let found = candidates(&desk, &typed);
    assert_eq!(found["candidates"][0]["patient"]["patient_id"], known);
    assert_eq!(found["candidates"][0]["grade"], "probable");
    // One fuzzy field at most, and not the given name, with date of birth and telephone: combination 2 of the draft.
    let settled = with(form("Margaret", "Okonkvo", "9 Jul 1961"), &[("phone", "202 555 0143")]);
    let settled = &candidates(&desk, &settled)["candidates"][0];
    assert_eq!((&settled["grade"], &settled["combination"]), (&json!("certain"), &json!(2)));
    assert_eq!(found["candidates"].as_array().expect("a list").len(), 1);
    let reasons = found["candidates"][0]["reasons"].as_array().expect("reasons");
    let sum: f64 = reasons.iter().map(|r| r["bits"].as_f64().expect("bits")).sum();
    assert!((sum - found["candidates"][0]["weight"].as_f64().expect("weight")).abs() < 1e-9);
    assert!(reasons.iter().any(|r| r["part"] == "given_name" && r["finding"] == "nearly_the_same"));
    register(&desk, typed);
    let nobody = candidates(&desk, &form("", "", ""));
    assert_eq!(nobody["candidates"], json!([]));
    let said = desk.ask("list_audit", json!({ "patient_id": null, "before_sequence": null, "limit": 10 }));
    assert!(said.is_err(), "the front desk does not see the trail");
}

#[test]
fn whoever_is_registered_or_corrected_is_compared_with_everybody() {
    let clinic = TestClinic::new();
    let desk = clinic.sign_in(&[Role::FrontDesk]);
    let first = register(&desk, form("Margaret", "Okonkwo", "1961-07-09"));
    let second = register(&desk, form("Helen", "Aaltonen", "1961-07-09"));
    assert_eq!(open_list(&desk)["total"], 0);
    // A correction makes the later record look like the earlier one (openemr #6517: compared with all, not only lower ids).
    let editable = desk.ask("patient_form", json!({ "patient_id": first })).expect("form");
    let mut form = editable["form"].clone();
    form["given_name"] = json!("Helen");
    form["family_name"] = json!("Aaltonen");
    desk.ask("update_patient", json!({ "patient_id": first, "form": form, "version": editable["version"] }))
        .expect("corrected");
    let list = open_list(&desk);
    assert_eq!((list["total"].clone(), list["waiting"].clone()), (json!(1), json!(0)));
    let pair = &list["groups"][0]["pairs"][0];
    assert_eq!(pair["patient_a"], first);
    assert_eq!(pair["patient_b"], second);
    let chart = desk.ask("open_chart", json!({ "patient_id": second })).expect("chart");
    assert_eq!(chart["alike_records"], 1);

    let decide = |decision: &str, reason: &str| {
        desk.ask(
            "decide_duplicate",
            json!({ "patient_a": first, "patient_b": second, "decision": decision, "reason": reason }),
        )
    };
    assert_eq!(decide("different", "").expect_err("needs a reason").field.as_deref(), Some("reason"));
    decide("later", "").expect("put off");
    assert_eq!(open_list(&desk)["pairs"], json!([0, 1, 0]));
    decide("different", "seen both today").expect("decided");
    assert_eq!(open_list(&desk)["pairs"], json!([0, 0, 1]));
    // Comparing everybody again does not bring a decided pair back.
    let job = desk.ask("review_register", json!({})).expect("started");
    assert_eq!(desk.finish(&job)["state"], "done");
    let list = open_list(&desk);
    assert_eq!(list["pairs"], json!([0, 0, 1]));
    assert!(list["compared_at"].is_string());
    decide("reopen", "").expect("taken back");
    assert_eq!(open_list(&desk)["total"], 1);
}

/// A decision about a record that was merged since is one about its survivor: listed, stronger than "later", and taken back there.
#[test]
fn an_inherited_decision_is_seen_and_taken_back_at_the_survivor() {
    let clinic = TestClinic::new();
    let desk = clinic.sign_in(&[Role::FrontDesk]);
    let [kept, merged, other] = [0, 1, 2].map(|_| register(&desk, form("Margaret", "Okonkwo", "1961-07-09")));
    let decide = |a: &Value, b: &Value, decision: &str| {
        let input =
            json!({ "patient_a": a, "patient_b": b, "decision": decision, "reason": "seen both today" });
        desk.ask("decide_duplicate", input)
    };
    assert_eq!(open_list(&desk)["pairs"], json!([3, 0, 0]));
    decide(&merged, &other, "different").expect("decided");
    assert_eq!(decide(&merged, &other, "later").expect_err("refused").reason.name(), "decided_different");
    let merge = |survivor: &Value, retired: &Value| {
        let input = json!({ "survivor_id": survivor, "retired_id": retired, "survivor_version": 1,
                            "retired_version": 1, "chosen": [], "reason": "same passport" });
        desk.ask("merge_patients", input)
    };
    merge(&kept, &merged).expect("merged");
    assert_eq!(open_list(&desk)["pairs"], json!([0, 0, 1]));
    let different = desk
        .ask("list_duplicates", json!({ "part": "different", "limit": 20, "offset": 0 }))
        .expect("a list");
    assert_eq!(different["groups"][0]["patients"].as_array().map(Vec::len), Some(2), "{different}");
    assert_eq!(decide(&kept, &other, "later").expect_err("refused").reason.name(), "decided_different");
    decide(&kept, &other, "reopen").expect("taken back");
    assert_eq!(open_list(&desk)["pairs"], json!([1, 0, 0]));
    assert_eq!(
        decide(&kept, &other, "reopen").expect_err("nothing to take back").reason.name(),
        "record_changed"
    );
}

#[test]
fn a_merge_is_previewed_done_found_and_taken_back() {
    let clinic = TestClinic::new();
    let desk = clinic.sign_in(&[Role::FrontDesk, Role::Clinician]);
    let keep =
        register(&desk, with(form("Margaret", "Okonkwo", "1961-07-09"), &[("phone", "+1 202 555 0143")]));
    let drop = register(
        &desk,
        with(
            form("Maggie", "Okonkwo", "1961-07-09"),
            &[("phone", "+1 202 555 0199"), ("email", "maggie@example.org"), ("ssn", "536-90-4399")],
        ),
    );
    let rows = json!({ "survivor_id": keep, "retired_id": drop, "chosen": ["given_name"] });
    let seen = desk.ask("preview_merge", rows).expect("side by side");
    let field = |name: &str| -> Value {
        let fields = seen["fields"].as_array().expect("fields");
        fields.iter().find(|f| f["field"] == name).cloned().unwrap_or_default()
    };
    assert_eq!(field("given_name")["value_of"], "retired");
    assert_eq!(field("phone")["value_of"], "both");
    assert_eq!(field("family_name")["value_of"], "same");
    let merge = |reason: &str, version: i64| {
        desk.ask(
            "merge_patients",
            json!({ "survivor_id": keep, "retired_id": drop, "survivor_version": version, "retired_version": 1,
                    "chosen": ["given_name"], "reason": reason }),
        )
    };
    assert_eq!(merge("", 1).expect_err("needs a reason").code, ProblemCode::InvalidInput);
    assert_eq!(merge("same passport", 2).expect_err("changed meanwhile").code, ProblemCode::Conflict);
    let done = merge("same passport", 1).expect("merged");

    let find = |text: &str| {
        desk.ask("find_patients", json!({ "text": text, "limit": 10, "offset": 0 })).expect("found")
    };
    assert_eq!(find("")["total"], 1);
    let old = find("2025550199");
    assert_eq!(old["total"], 2, "the merged record stays searchable");
    let merged: Vec<&Value> = old["patients"]
        .as_array()
        .expect("patients")
        .iter()
        .filter(|p| !p["merged_into_mrn"].is_null())
        .collect();
    assert_eq!(merged.len(), 1);
    let chart = desk.ask("open_chart", json!({ "patient_id": drop })).expect("leads to the survivor");
    assert_eq!(chart["banner"]["patient_id"], keep);
    assert_eq!(chart["banner"]["given_name"], "Maggie");
    assert_eq!(chart["merged_records"][0]["merge_id"], done["merge_id"]);
    assert!(chart["secrets"]["ssn"].is_string(), "the number came with the merged record");
    let said = desk.ask(
        "reveal_secret",
        json!({ "patient_id": keep, "secret": "ssn", "reason": "asked by the insurer" }),
    );
    assert_eq!(said.expect("shown")["value"], "536904399");
    assert_eq!(candidates(&desk, &form("Margaret", "Okonkwo", "1961-07-09"))["patients"], 1);

    let one = json!({ "merge_id": done["merge_id"] });
    let back = desk.ask("preview_unmerge", one).expect("seen");
    desk.ask(
        "unmerge_patients",
        json!({ "merge_id": done["merge_id"], "survivor_version": back["survivor_version"],
                "reason": "two sisters", "different": true }),
    )
    .expect("taken back");
    let kept = desk.ask("open_chart", json!({ "patient_id": keep })).expect("chart");
    let other = desk.ask("open_chart", json!({ "patient_id": drop })).expect("chart");
    assert_eq!(
        (&kept["banner"]["given_name"], &other["banner"]["given_name"]),
        (&json!("Margaret"), &json!("Maggie"))
    );
    assert!(kept["secrets"]["ssn"].is_null() && other["secrets"]["ssn"].is_string());
    assert_eq!(find("")["total"], 2);
    assert_eq!(open_list(&desk)["pairs"], json!([0, 0, 1]), "two sisters, for good");
    let history = desk.ask("patient_history", json!({ "patient_id": keep })).expect("history");
    let acts: Vec<&str> =
        history["entries"].as_array().expect("entries").iter().filter_map(|e| e["action"].as_str()).collect();
    assert!(acts.contains(&"merge_patients") && acts.contains(&"unmerge_patients"));
}

#[test]
fn the_index_is_kept_encrypted_and_read_again_at_the_next_opening() {
    let clinic = TestClinic::new();
    let typed = form("Margaret", "Okonkwo", "1961-07-09");
    {
        let desk = clinic.sign_in(&[Role::FrontDesk]);
        register(&desk, typed.clone());
        candidates(&desk, &typed);
        let job = desk.ask("review_register", json!({})).expect("started");
        assert_eq!(desk.finish(&job)["state"], "done");
        // After the snapshot: read on from the changes.
        register(&desk, form("Tom", "Berg", "4 May 1990"));
        desk.ask("lock", json!({})).expect("locked");
    }
    let snapshot = clinic.folder.path().join("vault/snapshots/match_index");
    let bytes = std::fs::read(&snapshot).expect("a snapshot");
    assert!(!String::from_utf8_lossy(&bytes).to_lowercase().contains("okonkwo"));
    clinic.reopen();
    let desk = clinic.sign_in(&[Role::FrontDesk]);
    assert_eq!(candidates(&desk, &typed)["candidates"][0]["patient"]["family_name"], "Okonkwo");
    let read_again = |clinic: &TestClinic| test_entry::indexes_read_from_snapshots(&clinic.workstation);
    assert_eq!(read_again(&clinic), 1, "not made anew from the register");
    assert_eq!(candidates(&desk, &form("Tom", "Berg", "4 May 1990"))["patients"], 2);
    desk.ask("lock", json!({})).expect("locked");
    // Damaged or gone: made anew, and nobody is told anything.
    std::fs::write(&snapshot, b"nonsense").expect("written");
    clinic.reopen();
    let desk = clinic.sign_in(&[Role::FrontDesk]);
    assert_eq!(candidates(&desk, &form("Tom", "Berg", "4 May 1990"))["patients"], 2);
    assert_eq!(read_again(&clinic), 1);
    desk.ask("lock", json!({})).expect("locked");
    // One of another time, whose changes are not those of this register, is not read either.
    std::fs::write(&snapshot, &bytes).expect("written");
    clinic.reopen();
    let desk = clinic.sign_in(&[Role::FrontDesk]);
    register(&desk, form("Anna", "Late", "4 May 1991"));
    assert_eq!(candidates(&desk, &form("Anna", "Late", "4 May 1991"))["patients"], 3);
}

/// Three records, A like B like C, and A and C are two people: no group says that all three could be one.
#[test]
fn groups_of_the_work_list_know_what_was_decided() {
    let clinic = TestClinic::new();
    let desk = clinic.sign_in(&[Role::FrontDesk]);
    let phone = [("phone", "+1 202 555 0143")];
    let [a, b, c] = ["Margaret", "Margret", "Margarete"]
        .map(|given| register(&desk, with(form(given, "Okonkwo", "1961-07-09"), &phone)));
    let before = open_list(&desk);
    assert_eq!((&before["total"], &before["pairs"]), (&json!(1), &json!([3, 0, 0])), "one group of three");
    let decide = |one: &Value, other: &Value| {
        desk.ask(
            "decide_duplicate",
            json!({ "patient_a": one, "patient_b": other, "decision": "different", "reason": "seen both today" }),
        )
    };
    decide(&a, &c).expect("decided");
    let ids = |list: &Value| -> Vec<Vec<Value>> {
        let of = |group: &Value| -> Vec<Value> {
            group["patients"].as_array().expect("patients").iter().map(|p| p["patient_id"].clone()).collect()
        };
        list["groups"].as_array().expect("groups").iter().map(of).collect()
    };
    let after = open_list(&desk);
    assert_eq!(after["pairs"], json!([2, 0, 1]));
    for group in ids(&after) {
        assert!(!(group.contains(&a) && group.contains(&c)), "a group crosses a decision");
    }
    assert_eq!(after["total"], 2, "neither pair that is left is lost");

    // C joins B: then A and B are two people too, and the pair is nobody's work any more.
    let rows = json!({ "survivor_id": b, "retired_id": c, "chosen": [] });
    let seen = desk.ask("preview_merge", rows).expect("side by side");
    let merged = json!({ "survivor_id": b, "retired_id": c, "survivor_version": seen["survivor_version"],
        "retired_version": seen["retired_version"], "chosen": [], "reason": "same passport" });
    desk.ask("merge_patients", merged).expect("merged");
    let last = open_list(&desk);
    assert_eq!((&last["total"], &last["pairs"][0]), (&json!(0), &json!(0)));
    // Nor can records of one patient be said to be different people.
    assert_eq!(decide(&b, &c).expect_err("they are merged").code, ProblemCode::Conflict);
    let history = desk.ask("patient_history", json!({ "patient_id": b })).expect("history");
    let acts =
        history["entries"].as_array().expect("entries").iter().filter(|e| e["action"] == "merge_patients");
    assert_eq!(acts.count(), 2, "in the history of either record");
}

/// While somebody is compared others come in: nobody is passed over, and a review in between loses no pair.
#[test]
fn whoever_comes_in_while_others_are_compared_is_compared_too() {
    let clinic = TestClinic::new();
    let desk = clinic.sign_in(&[Role::FrontDesk]);
    register(&desk, form("Nobody", "Else", "1950-01-01"));
    candidates(&desk, &form("", "", ""));
    let surnames = ["Okafor", "Lindqvist", "Hathaway", "Keller", "Moreau", "Tanaka", "Abebe", "Novak"];
    let twice = |n: usize| {
        let day = format!("{}-{:02}-{:02}", 1940 + n / 8, n % 12 + 1, n % 28 + 1);
        with(
            form(&format!("Given{n}"), surnames[n % 8], &day),
            &[("phone", &format!("+1 202 555 {:04}", 100 + n))],
        )
    };
    let done = &std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|threads| {
        let writer = threads.spawn(|| {
            let twins: Vec<[Value; 2]> =
                (0..40).map(|n| [register(&desk, twice(n)), register(&desk, twice(n))]).collect();
            done.store(true, std::sync::atomic::Ordering::SeqCst);
            twins
        });
        let other = clinic.sign_in_as("other", &[Role::FrontDesk]);
        threads.spawn(move || {
            while !done.load(std::sync::atomic::Ordering::SeqCst) {
                other
                    .ask("list_duplicates", json!({ "part": "open", "limit": 5, "offset": 0 }))
                    .expect("listed");
                let job = other.ask("review_register", json!({})).expect("started");
                assert_eq!(other.finish(&job)["state"], "done");
            }
        });
        let twins = writer.join().expect("written");
        let mut list = open_list(&desk);
        while list["waiting"] != 0 {
            list = open_list(&desk);
        }
        let groups = list["groups"].as_array().expect("groups");
        let pairs: Vec<&Value> = groups.iter().flat_map(|g| g["pairs"].as_array().expect("pairs")).collect();
        for [one, other] in &twins {
            let is_listed = |p: &&&Value| {
                (&p["patient_a"], &p["patient_b"]) == (one, other)
                    || (&p["patient_a"], &p["patient_b"]) == (other, one)
            };
            assert!(pairs.iter().any(|p| is_listed(&p)), "a pair is missing of {} listed", pairs.len());
        }
    });
}
