"""Runs rendered scripts on DuckDB or Spark: a job in JSON on standard input, one JSON line a script on standard output.

usage: runner.py duckdb|spark
"""

import csv
import importlib.util
import json
import pathlib
import sys
import tempfile
import time


def plain(value):
    return value if value is None or isinstance(value, int) else str(value)


def cell_of(text):
    if text.lstrip("-").isdigit():
        return int(text)
    return text or None


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

    def ask(self, query):
        return [[plain(cell) for cell in row] for row in self.connection.execute(query).fetchall()]

    def answers(self, script):
        for statement in script["steps"]:
            self.connection.execute(statement)
        answers = [self.ask(query) for query in script["queries"]]
        for statement in script["cleaning"]:
            self.connection.execute(statement)
        return answers


class Spark:
    """Runs each script by the program that goes with it."""

    def __init__(self, job):
        from pyspark.sql import SparkSession

        self.session = (
            SparkSession.builder.master("local[2]")
            .config("spark.ui.enabled", "false")
            .config("spark.ui.showConsoleProgress", "false")
            .config("spark.sql.shuffle.partitions", "2")
            .config("spark.driver.bindAddress", "127.0.0.1")
            .config("spark.driver.host", "127.0.0.1")
            .config("spark.sql.warehouse.dir", tempfile.mkdtemp(prefix="rustcare-spark"))
            .getOrCreate()
        )
        self.session.sparkContext.setLogLevel("ERROR")
        self.kept = set()
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

    def answers(self, script):
        specification = importlib.util.spec_from_file_location("driver", script["driver"])
        driver = importlib.util.module_from_spec(specification)
        specification.loader.exec_module(driver)
        out = pathlib.Path(tempfile.mkdtemp(prefix="rustcare-spark"))
        driver.run(self.session, out)
        self.kept |= {f"rustcare_{name}_{script['id']}" for name in driver.QUERIES}
        left = {row.tableName for row in self.session.sql("SHOW TABLES IN results").collect()}
        if left != self.kept:
            raise AssertionError(f"tables of steps are left: {left - self.kept}")
        return [self.read(out / name) for name in driver.QUERIES]

    def read(self, folder):
        """A query's CSV in the order of its lines."""
        with open(next(folder.glob("*.csv")), newline="") as file:
            return [[cell_of(cell) for cell in row] for row in list(csv.reader(file))[1:]]


def main():
    job = json.load(sys.stdin)
    database = {"duckdb": DuckDb, "spark": Spark}[sys.argv[1]](job)
    for script in job["scripts"]:
        started = time.perf_counter()
        answer = {"name": script["name"]}
        try:
            answer["answers"] = database.answers(script)
            answer["seconds"] = time.perf_counter() - started
        except Exception as error:  # the other scripts are run all the same
            answer["error"] = str(error)[:2000]
        print(json.dumps(answer), flush=True)


main()
