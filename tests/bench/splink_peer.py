"""Splink beside us: the settings of its own febrl3 and fake_1000 demos, timed and scored the same way as ours.

usage: splink_peer.py febrl|fake|invented FILE      prints one JSON document
Changes to the demos: blanks are read as null, a fixed seed, a floor of 1e-6 instead of a threshold.
"""
import json
import logging
import resource
import sys
import time

import pandas as pd
import splink.comparison_library as cl
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

logging.disable(logging.WARNING)


def read(path):
    table = pd.read_csv(path, dtype=str, skipinitialspace=True)
    table.columns = [c.strip() for c in table.columns]
    for column in table.columns:
        table[column] = table[column].str.strip()
        table.loc[table[column] == "", column] = None
    return table


def febrl(table):
    table["cluster"] = table["rec_id"].str.extract(r"rec-(\d+)")[0]
    rules = [block_on(c) for c in ("soc_sec_id", "given_name", "surname", "date_of_birth", "postcode")]
    settings = SettingsCreator(
        unique_id_column_name="rec_id",
        link_type="dedupe_only",
        blocking_rules_to_generate_predictions=rules,
        comparisons=[
            cl.NameComparison("given_name"),
            cl.NameComparison("surname"),
            cl.DateOfBirthComparison("date_of_birth", input_is_string=True, datetime_format="%Y%m%d"),
            cl.DamerauLevenshteinAtThresholds("soc_sec_id", [2]),
            cl.ExactMatch("street_number").configure(term_frequency_adjustments=True),
            cl.ExactMatch("postcode").configure(term_frequency_adjustments=True),
        ],
    )
    linker = Linker(DuckDBAPI().register(table), settings)
    certain = [
        block_on("soc_sec_id"),
        block_on("given_name", "surname", "date_of_birth"),
        "l.given_name = r.surname and l.surname = r.given_name and l.date_of_birth = r.date_of_birth",
    ]
    linker.training.estimate_probability_two_random_records_match(certain, recall=0.9)
    linker.training.estimate_u_using_random_sampling(max_pairs=1e6, seed=2)
    linker.training.estimate_parameters_using_expectation_maximisation(block_on("date_of_birth"))
    linker.training.estimate_parameters_using_expectation_maximisation(block_on("postcode"))
    return linker, "rec_id"


def fake(table):
    settings = SettingsCreator(
        link_type="dedupe_only",
        blocking_rules_to_generate_predictions=[block_on("first_name", "city"), block_on("surname")],
        comparisons=[
            cl.NameComparison("first_name"),
            cl.NameComparison("surname"),
            cl.LevenshteinAtThresholds("dob", 1),
            cl.ExactMatch("city").configure(term_frequency_adjustments=True),
            cl.EmailComparison("email"),
        ],
    )
    linker = Linker(DuckDBAPI().register(table), settings)
    certain = [
        block_on("first_name", "dob"),
        "levenshtein(r.surname, l.surname) <= 1 and r.dob = l.dob",
        "l.email = r.email",
    ]
    linker.training.estimate_probability_two_random_records_match(certain, recall=0.7)
    linker.training.estimate_u_using_random_sampling(max_pairs=1e6, seed=2)
    linker.training.estimate_parameters_using_expectation_maximisation(block_on("first_name", "surname"))
    linker.training.estimate_parameters_using_expectation_maximisation(block_on("dob"))
    return linker, "unique_id"


def invented(table):
    """A million people: narrower rules, as Splink advises for tables of this size; nothing is known of the truth."""
    settings = SettingsCreator(
        link_type="dedupe_only",
        blocking_rules_to_generate_predictions=[
            block_on("first_name", "last_name"),
            block_on("last_name", "dob"),
            block_on("first_name", "dob"),
            block_on("email"),
            block_on("phone"),
        ],
        comparisons=[
            cl.NameComparison("first_name"),
            cl.NameComparison("last_name"),
            cl.DateOfBirthComparison("dob", input_is_string=True),
            cl.ExactMatch("phone"),
            cl.EmailComparison("email"),
            cl.ExactMatch("zip").configure(term_frequency_adjustments=True),
        ],
    )
    linker = Linker(DuckDBAPI().register(table), settings)
    certain = [block_on("first_name", "last_name", "dob"), block_on("email")]
    linker.training.estimate_probability_two_random_records_match(certain, recall=0.8)
    linker.training.estimate_u_using_random_sampling(max_pairs=1e6, seed=2)
    linker.training.estimate_parameters_using_expectation_maximisation(block_on("first_name", "dob"))
    linker.training.estimate_parameters_using_expectation_maximisation(block_on("last_name", "zip"))
    return linker, "unique_id"


def timed_only(path):
    started = time.perf_counter()
    linker, _ = invented(read(path))
    trained = time.perf_counter()
    found = linker.inference.predict(threshold_match_probability=0.2).as_pandas_dataframe()
    ended = time.perf_counter()
    print(json.dumps({
        "likely": int(found.shape[0]), "seconds_predict": ended - trained,
        "seconds_total": ended - started,
        "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }))


def main():
    if sys.argv[1] == "invented":
        timed_only(sys.argv[2])
        return
    kind, path = sys.argv[1:]
    started = time.perf_counter()
    table = read(path)
    linker, key = {"febrl": febrl, "fake": fake}[kind](table)
    trained = time.perf_counter()
    found = linker.inference.predict(threshold_match_probability=1e-6).as_pandas_dataframe()
    ended = time.perf_counter()
    truth = dict(zip(table[key], table["cluster"]))
    sizes = table["cluster"].value_counts()
    total = int((sizes * (sizes - 1) // 2).sum())
    found = found.sort_values("match_probability", ascending=False, kind="stable")
    same = (found[key + "_l"].map(truth) == found[key + "_r"].map(truth)).to_numpy()
    p = found["match_probability"].to_numpy()
    best, at90, tp = (0.0, 0.0), 0.0, 0
    for n, (hit, probability) in enumerate(zip(same, p), 1):
        tp += bool(hit)
        if n < len(p) and p[n] == probability:
            continue
        f1 = 2 * tp / (n + total)
        best = max(best, (f1, float(probability)))
        if probability >= 0.9:
            at90 = f1
    # Pairs scored: everything its blocking rules make, counted the way Splink compares them.
    scored = linker.inference.predict().as_pandas_dataframe().shape[0]
    print(json.dumps({
        "best_f1": best[0], "best_at": best[1], "f1_at_090": at90, "true_pairs": total,
        "pairs_scored": scored, "seconds_predict": ended - trained, "seconds_total": ended - started,
    }))


main()
