"""Runs rendered scripts on DuckDB or Spark: a job in JSON on standard input, one JSON line a script on standard output.

usage: runner.py duckdb|spark [--circe]     (--circe: DuckDB only, each definition as duckcdm writes it, timed)
"""

import json
import sys
import time


def plain(value):
    return value if value is None or isinstance(value, int) else str(value)


class DuckDb:
    def __init__(self, job):
        import duckdb

        self.connection = duckdb.connect()
        self.connection.execute("SET threads = 2")
        for schema in ("cdm", "results"):
            self.connection.execute(f"CREATE SCHEMA {schema}")
        for table in job["tables"]:
            self.connection.execute(f"CREATE TABLE cdm.{table['name']} ({table['columns']})")
            if table["file"]:
                self.connection.execute(
                    f"COPY cdm.{table['name']} ({table['heading']}) FROM '{table['file']}' (HEADER, DELIMITER ',')"
                )

    def run(self, statement):
        self.connection.execute(statement)

    def ask(self, query):
        return [[plain(cell) for cell in row] for row in self.connection.execute(query).fetchall()]


class Spark:
    def __init__(self, job):
        import tempfile

        from pyspark.sql import SparkSession

        self.session = (
            SparkSession.builder.master("local[2]")
            .config("spark.ui.enabled", "false")
            .config("spark.sql.shuffle.partitions", "2")
            .config("spark.driver.bindAddress", "127.0.0.1")
            .config("spark.driver.host", "127.0.0.1")
            .config("spark.sql.warehouse.dir", tempfile.mkdtemp(prefix="rustcare-spark"))
            .getOrCreate()
        )
        self.session.sparkContext.setLogLevel("ERROR")
        for schema in ("cdm", "results"):
            self.session.sql(f"CREATE DATABASE {schema}")
        for table in job["tables"]:
            name = f"cdm.{table['name']}"
            self.session.sql(f"CREATE TABLE {name} ({table['columns']}) USING PARQUET")
            if table["file"]:
                types = dict(column.split(" ") for column in table["columns"].split(", "))
                heading = table["heading"].split(",")
                schema = ", ".join(f"{column} {types[column]}" for column in heading)
                rows = self.session.read.csv(table["file"], schema=schema, header=True, mode="FAILFAST")
                every = [
                    column if column in heading else f"CAST(NULL AS {types[column]}) AS {column}" for column in types
                ]
                rows.selectExpr(*every).write.insertInto(name)

    def run(self, statement):
        self.session.sql(statement)

    def ask(self, query):
        return [[plain(cell) for cell in row] for row in self.session.sql(query).collect()]


def main():
    job = json.load(sys.stdin)
    database = {"duckdb": DuckDb, "spark": Spark}[sys.argv[1]](job)
    for script in job["scripts"]:
        started = time.perf_counter()
        answer = {"name": script["name"]}
        try:
            for statement in script["steps"]:
                database.run(statement)
            answer["answers"] = [database.ask(query) for query in script["queries"]]
            answer["seconds"] = time.perf_counter() - started
            for statement in script["cleaning"]:
                database.run(statement)
        except Exception as error:  # the other scripts are run all the same
            answer["error"] = str(error)[:2000]
        print(json.dumps(answer), flush=True)


main()
