"""Counts of Eunomia GiBleed by DuckDB, for the test of ours: plain SQL over the Parquet files.

    gibleed.py --write FILE FOLDER      computes the counts and writes them
    gibleed.py --compare FILE FOLDER    computes them again and fails when the file says otherwise
"""

import argparse
import json
import sys

import duckdb

CELECOXIB = 1118084
GASTROINTESTINAL_HEMORRHAGE = 192671

QUERIES = {
    # Patients, events, sum of ages by the calendar year, events of women, by condition.
    "breakdown": """
        SELECT condition_concept_id, count(DISTINCT c.person_id), count(*),
               sum(year(condition_start_date) - year_of_birth), count(*) FILTER (gender_concept_id = 8532)
        FROM condition_occurrence c JOIN person p ON p.person_id = c.person_id GROUP BY ALL""",
    # Events, persons and days from the first exposure, for a year, as long as observed, to the first hemorrhage of all; those who
    # had it before or on that day are left out. By sex.
    "incidence": f"""
        WITH target AS (
            SELECT person_id, min(drug_exposure_start_date) AS entry FROM drug_exposure
            WHERE drug_concept_id = {CELECOXIB} GROUP BY person_id
        ), outcome AS (
            SELECT person_id, min(condition_start_date) AS came FROM condition_occurrence
            WHERE condition_concept_id = {GASTROINTESTINAL_HEMORRHAGE} GROUP BY person_id
        ), at_risk AS (
            SELECT t.person_id, entry, came,
                   least(entry + 365, observation_period_end_date) AS leaves
            FROM target t LEFT JOIN outcome USING (person_id)
            JOIN observation_period o ON o.person_id = t.person_id
                AND entry BETWEEN observation_period_start_date AND observation_period_end_date
            WHERE (came IS NULL OR came > entry)
        )
        SELECT gender_concept_id, count(*), count(*) FILTER (came <= leaves),
               sum(date_diff('day', entry, CASE WHEN came <= leaves THEN came ELSE leaves END))
        FROM at_risk JOIN person USING (person_id) WHERE leaves > entry GROUP BY ALL""",
    # Persons with each condition in the 365 days before the first exposure, if that is observed.
    "conditions_before": f"""
        WITH exposed AS (
            SELECT person_id, min(drug_exposure_start_date) AS entry FROM drug_exposure
            WHERE drug_concept_id = {CELECOXIB} GROUP BY person_id
        ), target AS (
            SELECT person_id, entry FROM exposed JOIN observation_period USING (person_id)
            WHERE entry BETWEEN observation_period_start_date AND observation_period_end_date
        )
        SELECT condition_concept_id, count(DISTINCT c.person_id) FROM condition_occurrence c JOIN target USING (person_id)
        WHERE condition_start_date BETWEEN entry - 365 AND entry - 1 GROUP BY ALL""",
    # Spans of the cohort: person, first day, last day, in days since 1970.
    "target": f"""
        SELECT person_id, date_diff('day', DATE '1970-01-01', entry),
               date_diff('day', DATE '1970-01-01', least(entry + 365, observation_period_end_date))
        FROM (SELECT person_id, min(drug_exposure_start_date) AS entry FROM drug_exposure
              WHERE drug_concept_id = {CELECOXIB} GROUP BY person_id)
        JOIN observation_period USING (person_id)
        WHERE entry BETWEEN observation_period_start_date AND observation_period_end_date""",
    "outcome": f"""
        SELECT person_id, date_diff('day', DATE '1970-01-01', min(condition_start_date)) FROM condition_occurrence
        WHERE condition_concept_id = {GASTROINTESTINAL_HEMORRHAGE} GROUP BY person_id""",
}


def counts(folder):
    connection = duckdb.connect()
    for table in ["person", "condition_occurrence", "drug_exposure", "observation_period"]:
        connection.execute(f"CREATE VIEW {table} AS SELECT * FROM '{folder}/{table}.parquet'")
    rows = lambda query: [[int(value) for value in row] for row in connection.execute(query).fetchall()]
    return {name: sorted(rows(query)) for name, query in QUERIES.items()}


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--write")
    arguments.add_argument("--compare")
    arguments.add_argument("folder")
    arguments = arguments.parse_args()
    computed = counts(arguments.folder)
    if arguments.write:
        lines = [f'"{name}":{json.dumps(rows, separators=(",", ":"))}' for name, rows in computed.items()]
        with open(arguments.write, "w") as file:
            file.write("{" + ",\n".join(lines) + "}\n")
    if arguments.compare:
        with open(arguments.compare) as file:
            same = json.load(file) == computed
        print(f"GiBleed: {len(computed['breakdown'])} conditions, {'as' if same else 'NOT as'} in {arguments.compare}")
        return 0 if same else 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
