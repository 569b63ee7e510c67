"""Runs a cohort definition on Spark.

    spark-submit THIS_FILE [--parquet FOLDER] [--out FOLDER]

--parquet FOLDER    each FOLDER/<table>.parquet of the OMOP common data model is read under the name of its table, for
                    scripts that were written without the name of a schema
--out FOLDER        the cohort and its counts go there as CSV, a folder each; without it the counts are printed

The tables of the steps are dropped at the end, also when a step fails. A results schema, if the script was written with one,
keeps the cohort and its counts as tables.
"""

import argparse
import pathlib

from pyspark.sql import SparkSession


def ask(spark, out):
    """Asks the queries: as CSV, or, without a folder, the counts on the screen. Who is in the cohort is never printed."""
    for name, query in QUERIES.items():
        answer = spark.sql(query)
        if out is not None:
            answer.coalesce(1).write.csv(str(out / name), header=True)
        elif name != "cohort":
            for row in answer.collect():
                print(name, *row, sep="\t")


def run(spark, out=None):
    """Makes the steps in order, asks the queries, and drops the steps' tables whatever happens."""
    try:
        for _purpose, statement in STEPS:
            spark.sql(statement)
        ask(spark, out)
    finally:
        for statement in CLEANING:
            spark.sql(statement)


def main():
    parser = argparse.ArgumentParser(description="Runs a cohort definition on Spark.")
    parser.add_argument("--parquet", type=pathlib.Path, metavar="FOLDER")
    parser.add_argument("--out", type=pathlib.Path, metavar="FOLDER")
    arguments = parser.parse_args()
    spark = SparkSession.builder.appName("RustCare cohort").getOrCreate()
    if arguments.parquet is not None:
        for file in sorted(arguments.parquet.glob("*.parquet")):
            spark.read.parquet(str(file)).createOrReplaceTempView(file.stem)
    run(spark, arguments.out)
    spark.stop()


if __name__ == "__main__":
    main()
