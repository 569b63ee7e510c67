//! What leaves of a cohort: figures as pictures that hold what their drawings hold, reports on paper that hold what the HTML holds;
//! and single patients, who are shown only to those who may see them.

use std::fs;

use rustcare_test_support::{Session, TestClinic};
use rustcare_vault::VaultError;
use rustcare_workstation::Role;
use serde_json::{Value, json};
use tiny_skia::Pixmap;

use crate::cohort_builder::{clinic, concept, event, sketch, told};
use crate::written;

fn place(session: &Session<'_>) -> Value {
    session.ask("list_places", json!({})).expect("places")["places"][0]["place_id"].clone()
}

fn bytes(clinic: &TestClinic, written: &Value) -> Vec<u8> {
    fs::read(clinic.place().join(written["file"].as_str().expect("a file"))).expect("read")
}

/// Anybody with metformin.
fn metformin(session: &Session<'_>) -> Value {
    let id = concept(session, "drug", "860975")["concept_id"].as_i64().expect("an id");
    let mut sketch = sketch();
    sketch["entry"] = json!([event("drug", &[("860975", id)], false, None)]);
    sketch["days_before"] = json!(0);
    sketch
}

fn saved(session: &Session<'_>, name: &str, sketch: &Value) -> Value {
    let input = json!({ "cohort_id": null, "version": null, "name": name, "sketch": sketch });
    session.ask("save_cohort", input).expect("saved")["line"]["cohort_id"].clone()
}

fn attribute(element: &str, name: &str) -> String {
    let from = element.find(&format!(" {name}=\"")).unwrap_or_else(|| panic!("{name} in {element}"))
        + name.len()
        + 3;
    element[from..].split('"').next().expect("a value").to_owned()
}

fn measure(element: &str, name: &str) -> f64 {
    attribute(element, name).parse().expect("a number")
}

/// Red, green and blue of the picture where the drawing has this place.
fn colour_at(picture: &Pixmap, x: f64, y: f64) -> [u8; 3] {
    let pixel = picture.pixel((2.0 * x) as u32, (2.0 * y) as u32).expect("inside the picture");
    [pixel.red(), pixel.green(), pixel.blue()]
}

fn colour_of(hex: &str) -> [u8; 3] {
    [1, 3, 5].map(|at| u8::from_str_radix(&hex[at..at + 2], 16).expect("hex"))
}

/// How much of a piece of the picture is not white.
fn ink(picture: &Pixmap, x: std::ops::Range<f64>, y: std::ops::Range<f64>) -> usize {
    let (columns, rows) =
        ((2.0 * x.start) as u32..(2.0 * x.end) as u32, (2.0 * y.start) as u32..(2.0 * y.end) as u32);
    rows.flat_map(|row| columns.clone().map(move |column| (column, row)))
        .filter(|(column, row)| picture.pixel(*column, *row).is_some_and(|pixel| pixel.red() < 200))
        .count()
}

#[test]
fn a_picture_of_a_figure_holds_what_the_drawing_holds() {
    let clinic = clinic();
    let session = clinic.sign_in(&[Role::Clinician]);
    let (of, place) = (json!({ "kind": "sketch", "sketch": sketch() }), place(&session));
    let outcome = saved(&session, "Metformin", &metformin(&session));
    for figure in ["attrition", "ages", "people", "strata", "prevalence", "overlap", "survival"] {
        let save = |format: &str| {
            let input = json!({ "of": of, "figure": figure, "language": "es", "outcome_cohort_id": outcome, "by_sex": false,
                "other_cohort_ids": [outcome], "format": format, "place_id": place });
            bytes(&clinic, &session.ask("save_cohort_figure", input).expect("written"))
        };
        let (svg, png) = (String::from_utf8(save("svg")).expect("text"), save("png"));
        assert_eq!(png, save("png"), "{figure}: the same numbers are the same bytes");
        let picture = Pixmap::decode_png(&png).expect("a PNG");
        let whole = svg.lines().next().expect("a line");
        assert_eq!(f64::from(picture.width()), 2.0 * measure(whole, "width"), "{figure}");
        assert_eq!(f64::from(picture.height()), 2.0 * measure(whole, "height"), "{figure}");
        // Each bar has its colour in the middle, unless a later one covers it; the title and every text leave ink at their place.
        let bars: Vec<&str> = svg.lines().filter(|line| line.starts_with("<rect x=")).collect();
        for bar in &bars {
            let (x, y) = (
                measure(bar, "x") + measure(bar, "width") / 2.0,
                measure(bar, "y") + measure(bar, "height") / 2.0,
            );
            let covers = |other: &&&str| {
                let right = measure(other, "x") + measure(other, "width");
                measure(other, "x") <= x
                    && x < right
                    && measure(other, "y") <= y
                    && y < measure(other, "y") + measure(other, "height")
            };
            let last = bars.iter().rev().find(covers).expect("itself");
            if measure(last, "width") > 2.0 {
                assert_eq!(colour_at(&picture, x, y), colour_of(&attribute(last, "fill")), "{figure}: {bar}");
            }
        }
        let mut texts = 0;
        for text in svg.lines().filter(|line| line.starts_with("<text ") && !line.contains("text-anchor")) {
            let (x, y) = (measure(text, "x"), measure(text, "y"));
            if text.contains("></text>") {
                continue;
            }
            let found = ink(&picture, x..(x + 30.0).min(measure(whole, "width")), y - 12.0..y);
            assert!(found > 10, "{figure}: {text}");
            texts += 1;
        }
        assert!(texts > 0, "{figure}");
    }
}

/// Each cell of each table, without blanks.
fn cells(html: &str) -> Vec<String> {
    let cells = html.split("<td").skip(1).filter_map(|cell| cell.split_once('>')?.1.split("</td>").next());
    cells.map(|cell| cell.replace("&amp;", "&").replace(' ', "")).filter(|cell| !cell.is_empty()).collect()
}

#[test]
fn a_report_on_paper_holds_the_numbers_of_the_one_in_html() {
    let clinic = clinic();
    let session = clinic.sign_in(&[Role::Clinician]);
    let (of, place) = (json!({ "kind": "sketch", "sketch": sketch() }), place(&session));
    let outcome = saved(&session, "Metformin <any>", &metformin(&session));
    let report = |format: &str, language: &str| {
        let input = json!({ "of": of, "name": "Diabetes", "outcome_cohort_id": outcome, "by_sex": true, "format": format, "language": language, "place_id": place });
        bytes(&clinic, &session.ask("report_cohort", input).expect("written"))
    };
    let html = String::from_utf8(report("html", "en")).expect("text");
    let pdf = report("pdf", "en");
    assert_eq!(pdf, report("pdf", "en"), "the same report is the same bytes");
    let spanish: String = written::pages(&report("pdf", "es")).iter().map(|page| page.text()).collect();
    let spanish = spanish.replace(' ', "");
    for words in ["Quéocurredespués:", "Dedóndeprocede", "Sineldesenlace,segúnlosdíasdesdelaentrada"] {
        assert!(spanish.contains(words), "{words}");
    }
    for words in
        ["What follows: Metformin &lt;any&gt;", "Without the outcome, by days since entry", "At risk"]
    {
        assert!(html.contains(words), "{words}");
    }
    let pages = written::pages(&pdf);
    assert!(pages.len() > 1 && pages.iter().all(written::ReadPage::all_inside));
    let text: String = pages.iter().map(|page| page.text()).collect::<String>().replace(' ', "");
    let cells = cells(&html);
    assert!(cells.len() > 60, "{}", cells.len());
    for cell in &cells {
        assert!(text.contains(cell.as_str()), "{cell} is not on paper");
    }
    for words in
        ["Whatfollows:Metformin<any>", "Wherethiscomesfrom", "Withouttheoutcome,bydayssinceentry", "1of"]
    {
        assert!(text.contains(words), "{words}");
    }
    assert!(!text.contains("Family"), "nobody's name");
    // Figures are told to those who do not see them.
    let kinds = written::structure(&pdf);
    assert!(
        ["Figure", "H1", "H2", "P", "TD", "TH"].iter().all(|kind| kinds.iter().any(|own| own == kind)),
        "{kinds:?}"
    );
    let of_children = json!({ "of": of, "name": "", "format": "pdf", "place_id": place });
    assert_eq!(told(session.ask("report_cohort", of_children).expect_err("nameless"))["field"], "name");
}

#[test]
fn groups_years_and_overlaps_are_those_counted_by_hand_and_small_ones_are_hidden_from_others() {
    let clinic = clinic();
    let session = clinic.sign_in(&[Role::Clinician]);
    let of = json!({ "kind": "sketch", "sketch": sketch() });
    let found = session.ask("stratify_cohort", json!({ "of": of })).expect("counted");
    // Born in 1960, first diagnosed in 2022, twenty-five of them: thirteen women.
    let strata = &found["strata"];
    assert_eq!(
        strata["sexes"],
        json!([{ "sex_concept_id": 8532, "persons": 13 }, { "sex_concept_id": 8507, "persons": 12 }])
    );
    assert_eq!(strata["ages"], json!([{ "age_from": 60, "by_sex": [13, 12], "persons": 25 }]));
    assert_eq!(strata["years"], json!([{ "year": 2022, "persons": 25 }]));
    let years: Vec<(Value, Value, Value)> = found["prevalence"]
        .as_array()
        .expect("years")
        .iter()
        .map(|year| (year["from"].clone(), year["observed"].clone(), year["in_cohort"].clone()))
        .collect();
    let year = |from: &str| (json!(format!("{from}-01-01")), json!(40), json!(25));
    assert_eq!(years, [year("2022"), year("2023"), year("2024")]);
    // Wilson's interval of 25 of 40, by his formula (1927) with z = 1.959964.
    let share = &found["prevalence"][0]["share"];
    let is = |found: &Value, expected: f64| (found.as_f64().expect("a number") - expected).abs() < 1e-6;
    assert!(
        is(&share["estimate"], 0.625) && is(&share["lower"], 0.470_324_4) && is(&share["upper"], 0.757_770_2),
        "{share}"
    );

    let outcome = saved(&session, "Metformin", &metformin(&session));
    let asked = json!({ "of": of, "other_cohort_ids": [outcome] });
    let laid = session.ask("overlap_cohorts", asked.clone()).expect("laid over each other");
    assert_eq!(laid["names"], json!(["", "Metformin"]));
    let persons = |laid: &Value| -> Vec<Value> {
        laid["overlap"]["intersections"]
            .as_array()
            .expect("parts")
            .iter()
            .map(|part| part["persons"].clone())
            .collect()
    };
    // Twenty of the twenty-five were given metformin, and nobody else.
    assert_eq!(persons(&laid), [json!(5), json!(0), json!(20)]);
    assert_eq!(laid["overlap"]["with_first"], json!([{ "persons": 20, "percent_of_first": 80.0 }]));
    for others in [json!([]), json!(["1", "1", "1", "1", "1"])] {
        let refused = session
            .ask("overlap_cohorts", json!({ "of": of, "other_cohort_ids": others }))
            .expect_err("how many?");
        assert_eq!(told(refused)["code"], "invalid_input");
    }

    let analyst = clinic.sign_in(&[Role::Analyst]);
    let hidden = analyst.ask("overlap_cohorts", asked).expect("laid over each other");
    assert_eq!(persons(&hidden)[0], Value::Null, "five are too few: {hidden}");
    let told_to_others =
        [&hidden["overlap"]["persons"][0], &hidden["overlap"]["in_any"], &persons(&hidden)[2]];
    assert!(
        told_to_others.iter().filter(|count| count.is_number()).count() < 2,
        "25 less 20 would tell: {hidden}"
    );
    let seen = analyst.ask("stratify_cohort", json!({ "of": of })).expect("counted");
    assert_eq!(seen["strata"]["ages"][0]["by_sex"], json!([16, 16]), "13 and 12: the middle of their band");
    assert_eq!((&seen["prevalence"][0]["in_cohort"], &seen["smallest_shown"]), (&json!(27), &json!(11)));
}

/// The newest entry of the trail for a use case.
fn entry(clinic: &TestClinic, action: &str) -> Value {
    let asked = json!({ "patient_id": null, "before_sequence": null, "limit": 50 });
    let trail = clinic.sign_in(&[Role::Administrator]).ask("list_audit", asked).expect("the trail");
    let entries = trail["entries"].as_array().expect("entries");
    entries.iter().find(|entry| entry["action"] == action).unwrap_or_else(|| panic!("no {action}")).clone()
}

#[test]
fn of_a_cohort_that_leaves_few_people_out_nothing_is_told_to_others() {
    let clinic = clinic();
    // All forty have been seen in 2020, so that the five who have no diabetes are everybody else.
    let mut wide = sketch();
    wide["days_before"] = json!(0);
    wide["entry"][0]["person"]["age_min"] = Value::Null;
    let of = json!({ "kind": "sketch", "sketch": wide });
    let ask =
        |role: Role, name: &str| clinic.sign_in(&[role]).ask(name, json!({ "of": of })).expect("counted");
    let seen = ask(Role::Clinician, "stratify_cohort");
    assert_eq!(seen["strata"]["persons"], 35);
    let hidden = ask(Role::Analyst, "stratify_cohort");
    let groups = |of: &Value| of["strata"]["years"].as_array().expect("years").clone();
    assert!(groups(&seen).len() > 1);
    assert_eq!((&hidden["strata"]["persons"], &hidden["smallest_shown"]), (&Value::Null, &json!(11)));
    assert!(groups(&hidden).iter().all(|year| year["persons"].is_null() || year["persons"] == 0), "{hidden}");
    let review = ask(Role::Analyst, "review_cohort");
    assert_eq!((&review["table"]["persons"], &review["table"]["age"]["mean"]), (&Value::Null, &Value::Null));
}

fn patient(session: &Session<'_>, name: &str) -> Value {
    let found =
        session.ask("find_patients", json!({ "text": name, "limit": 5, "offset": 0 })).expect("found");
    found["patients"][0]["patient_id"].clone()
}

#[test]
fn the_records_of_a_patient_are_told_in_the_order_of_days_to_those_who_may_see_patients() {
    let clinic = clinic();
    let session = clinic.sign_in(&[Role::Clinician]);
    let input = json!({ "patient_id": patient(&session, "Family2") });
    let timeline = session.ask("show_timeline", input.clone()).expect("told");
    assert_eq!(timeline["observed"], json!([{ "from": "2020-02-01", "to": "2024-02-01" }]), "{timeline}");
    let lane = |kind: &str| -> Vec<(Value, Value)> {
        let lanes = timeline["lanes"].as_array().expect("lanes");
        let lane =
            lanes.iter().find(|lane| lane["kind"] == kind).unwrap_or_else(|| panic!("{kind} in {timeline}"));
        assert_eq!(lane["left_out"], 0);
        lane["events"]
            .as_array()
            .expect("events")
            .iter()
            .map(|event| (event["start"].clone(), event["code"].clone()))
            .collect()
    };
    let event = |day: &str, code: &str| (json!(day), json!(code));
    let conditions =
        [event("2020-02-01", "Z00.00"), event("2022-03-01", "E11.9"), event("2024-02-01", "Z00.00")];
    assert_eq!(lane("ConditionOccurrence"), conditions);
    assert_eq!(lane("DrugExposure"), [event("2022-04-01", "860975")]);
    assert_eq!(lane("Measurement"), [event("2022-04-02", "4548-4")]);
    assert_eq!(entry(&clinic, "show_timeline")["subject"], input["patient_id"]);
    let analyst = clinic.sign_in(&[Role::Analyst]);
    assert_eq!(told(analyst.ask("show_timeline", input).expect_err("no patient"))["reason"], "role_forbids");
}

#[test]
fn who_is_in_a_group_of_the_breakdown_is_listed_for_those_who_may_see_patients_and_stands_in_the_trail() {
    let clinic = clinic();
    let session = clinic.sign_in(&[Role::Clinician]);
    let filter = json!({ "age_min": 18, "age_max": null, "sex": [], "from": null, "to": null, "alive_only": false, "as_of": null, "group_by": "code" });
    let breakdown = session.ask("cohort_breakdown", json!({ "filter": filter })).expect("counted");
    let groups = breakdown["groups"].as_array().expect("groups");
    assert!(!groups.is_empty(), "{breakdown}");
    let mut listed = 0;
    for group in groups {
        let named = json!({ "system": group["system"], "code": group["code"] });
        let ask = |limit: usize, offset: usize| {
            let input = json!({ "filter": filter, "group": named, "limit": limit, "offset": offset });
            session.ask("list_group_patients", input).expect("listed")
        };
        let all = ask(200, 0);
        assert_eq!(
            (&all["total"], all["patients"].as_array().map(Vec::len)),
            (&group["count"], group["count"].as_u64().map(|n| n as usize))
        );
        assert_eq!(ask(1, 1)["patients"][0], all["patients"][1], "page by page");
        listed += all["patients"].as_array().map_or(0, Vec::len);
    }
    assert_eq!(json!(listed), breakdown["patients"]);
    assert_eq!(entry(&clinic, "list_group_patients")["outcome"], "done");
    let details = clinic.vault.read(|t| {
        let sql = "SELECT details FROM audit_entry WHERE action = 'list_group_patients' AND outcome = 'done' ORDER BY sequence DESC";
        Ok::<String, VaultError>(t.query_row(sql, [], |row| row.get(0))?)
    });
    let details = details.expect("an entry");
    assert!(details.starts_with("primary diagnosis") && details.contains("rows shown"), "{details}");
    let analyst = clinic.sign_in(&[Role::Analyst]);
    let input =
        json!({ "filter": filter, "group": { "system": null, "code": null }, "limit": 10, "offset": 0 });
    assert_eq!(
        told(analyst.ask("list_group_patients", input).expect_err("no patient"))["reason"],
        "role_forbids"
    );
}
