"""Statistics computed by SciPy, statsmodels and lifelines, for the test of ours.

    statistics_oracle.py --write FILE      computes the cases and writes them
    statistics_oracle.py --compare FILE    computes them again and fails when the file says otherwise

Cases are drawn with fixed seeds; each list begins with the edges. Numbers are written in full.
"""

import argparse
import json
import sys

import lifelines
import numpy
import scipy
import statsmodels
from lifelines import KaplanMeierFitter
from lifelines.statistics import multivariate_logrank_test
from lifelines.utils import median_survival_times
from scipy import stats
from statsmodels.stats.contingency_tables import Table2x2
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint

LEVELS = [0.95, 0.9, 0.99, 0.5]


def number(value):
    """A number, or None for what is none or endless."""
    value = float(value)
    return value if numpy.isfinite(value) else None


def wilson(random):
    edges = [(0, 1), (1, 1), (0, 20), (20, 20), (1, 10**7), (10**7 - 1, 10**7), (5, 10), (81, 263)]
    drawn = [(int(random.integers(0, total + 1)), int(total)) for total in random.integers(1, 5000, 72)]
    cases = []
    for at, (count, total) in enumerate(edges + drawn):
        level = LEVELS[at % 4]
        lower, upper = proportion_confint(count, total, alpha=1 - level, method="wilson")
        cases.append({"count": count, "total": total, "level": level, "lower": float(lower), "upper": float(upper)})
    return cases


def poisson(random):
    counts = [0, 1, 2, 3, 10, 100, 1000, 10**4, 10**5, 10**6] + [int(n) for n in random.integers(0, 400, 60)]
    cases = []
    for at, count in enumerate(counts):
        level = LEVELS[at % 4]
        tail = (1 - level) / 2
        lower = stats.chi2.ppf(tail, 2 * count) / 2 if count else 0.0
        upper = stats.chi2.isf(tail, 2 * count + 2) / 2
        cases.append({"count": count, "level": level, "lower": float(lower), "upper": float(upper)})
    return cases


def tables(random):
    edges = [
        (1, 1, 1, 2), (3, 4, 1, 4), (0, 7, 5, 9), (5, 9, 0, 7), (9, 9, 3, 8), (5, 5, 900, 900), (0, 3, 0, 4),
        (1, 1, 0, 999_999), (12, 1000, 40, 999_000), (189, 11_034, 104, 11_037), (2, 400_000, 9, 600_000),
    ]
    drawn = []
    for size in [6, 12, 30, 100, 1000, 50_000] * 22:
        one, other = (int(n) for n in random.integers(1, size, 2))
        share = random.random() ** 2
        drawn.append((int(random.binomial(one, share)), one, int(random.binomial(other, share * random.random())), other))
    return edges + drawn


def two_by_two(random):
    cases = []
    for a, one, c, other in tables(random):
        cells = numpy.array([[a, one - a], [c, other - c]])
        expected = numpy.outer(cells.sum(axis=1), cells.sum(axis=0)) / cells.sum()
        case = {"one": [a, one], "other": [c, other], "is_exact": bool(expected.min() < 5)}
        if case["is_exact"]:
            case["p"] = float(stats.fisher_exact(cells, alternative="two-sided")[1])
        else:
            case["p"] = float(stats.chi2_contingency(cells, correction=False)[1])
        if a and c and not (a == one and c == other):
            table = Table2x2(cells, shift_zeros=False)
            lower, upper = table.riskratio_confint(0.05)
            case["ratio"] = [float(table.riskratio), float(lower), float(upper)]
        p, q = a / one, c / other
        spread = numpy.sqrt((p * (1 - p) + q * (1 - q)) / 2)
        if spread > 0:
            case["difference"] = float((p - q) / spread)
        cases.append(case)
    return cases


def categories(random):
    cases = []
    for kinds in [2, 3, 4, 5] * 6:
        one, other = random.integers(1, 200, kinds), random.integers(1, 200, kinds)
        p, q = (one / one.sum())[1:], (other / other.sum())[1:]
        spread = lambda share: numpy.diag(share) - numpy.outer(share, share)
        inverse = numpy.linalg.inv((spread(p) + spread(q)) / 2)
        distance = float(numpy.sqrt((p - q) @ inverse @ (p - q)))
        cases.append({"one": one.tolist(), "other": other.tolist(), "difference": distance})
    return cases


def descriptions(random):
    cases = []
    for size in [1, 2, 3, 4, 5, 10, 17, 40]:
        for values in [random.integers(0, 100, size).astype(float), random.normal(50, 20, size), numpy.full(size, 7.0)]:
            quantiles = numpy.quantile(values, [0, 0.25, 0.5, 0.75, 1], method="linear")
            deviation = float(values.std(ddof=1)) if size > 1 else None
            cases.append({
                "values": values.tolist(), "mean": float(values.mean()), "deviation": deviation,
                "quantiles": quantiles.tolist(),
            })
    return cases


def multiplicity(random):
    cases = []
    for tests in [1, 2, 3, 10, 40] * 4:
        p = random.random(tests) ** 3
        if tests > 2:
            p[1] = p[0]
        cases.append({"p": p.tolist(), "q": multipletests(p, method="fdr_bh")[1].tolist()})
    cases.append({"p": [0.0, 1.0, 1.0], "q": [0.0, 1.0, 1.0]})
    return cases


def survivors(random, people, scale, last):
    times = numpy.minimum(random.exponential(scale, people).astype(int), last)
    return times, random.random(people) < random.choice([0.3, 0.7, 1.0])


def kaplan_meier(random):
    cases = []
    for people in [1, 2, 3, 5, 8, 12, 20, 30, 40] * 3:
        days, events = survivors(random, people, 20, 60)
        level = LEVELS[len(cases) % 3]
        fitted = KaplanMeierFitter(alpha=1 - level).fit(days, events)
        bounds = fitted.confidence_interval_
        at = fitted.event_table.index
        points = []
        for day in at:
            if not ((days == day).any()):
                continue
            survival = float(fitted.survival_function_.loc[day].iloc[0])
            row = fitted.event_table.loc[day]
            # A share of nought or all has no bounds on the scale log(-log S); lifelines writes some value there.
            has_bounds = 0 < survival < 1
            points.append({
                "days": int(day), "at_risk": int(row["at_risk"]), "events": int(row["observed"]),
                "censored": int(row["censored"]), "survival": survival,
                "lower": number(bounds.loc[day].iloc[0]) if has_bounds else None,
                "upper": number(bounds.loc[day].iloc[1]) if has_bounds else None,
            })
        # lifelines takes 0.5000000000000002, which rounding makes of a half, for more than half.
        half = lambda curve: median_survival_times(curve.round(12))
        medians = half(bounds)
        cases.append({
            "days": days.tolist(), "events": events.tolist(), "level": level, "points": points,
            "median": number(half(fitted.survival_function_)),
            "median_lower": number(medians.iloc[0, 0]), "median_upper": number(medians.iloc[0, 1]),
        })
    return cases


def log_rank(random):
    cases = []
    for groups in [2, 2, 3, 4] * 7:
        days, events, of = [], [], []
        for group in range(groups):
            own = survivors(random, int(random.integers(4, 30)), random.choice([10, 20, 40]), 50)
            days += own[0].tolist()
            events += own[1].tolist()
            of += [group] * len(own[0])
        if not any(events):
            continue
        found = multivariate_logrank_test(days, of, events)
        cases.append({
            "days": days, "events": [bool(event) for event in events], "groups": of,
            "chi_square": float(found.test_statistic), "degrees": groups - 1, "p": float(found.p_value),
        })
    return cases


def oracle():
    sections = [wilson, poisson, two_by_two, categories, descriptions, multiplicity, kaplan_meier, log_rank]
    cases = {
        section.__name__: section(numpy.random.default_rng(20260408 + at)) for at, section in enumerate(sections)
    }
    versions = {module.__name__: module.__version__ for module in [numpy, scipy, statsmodels, lifelines]}
    return {"versions": versions, "cases": cases}


def differences(one, other, place=""):
    """Where two results differ: numbers by more than a billionth."""
    if isinstance(one, dict) and isinstance(other, dict) and one.keys() == other.keys():
        return [found for key in one for found in differences(one[key], other[key], f"{place}/{key}")]
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        pairs = enumerate(zip(one, other))
        return [found for at, (a, b) in pairs for found in differences(a, b, f"{place}/{at}")]
    if isinstance(one, (int, float)) and isinstance(other, (int, float)):
        return [] if abs(one - other) <= 1e-9 * max(abs(one), abs(other)) else [f"{place}: {one} and {other}"]
    return [] if one == other else [f"{place}: {one} and {other}"]


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--write")
    arguments.add_argument("--compare")
    arguments = arguments.parse_args()
    computed = json.loads(json.dumps(oracle()))
    if arguments.write:
        with open(arguments.write, "w") as file:
            sections = computed["cases"].items()
            lines = [
                f'"{name}":[\n' + ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases) + "]"
                for name, cases in sections
            ]
            versions = json.dumps(computed["versions"])
            file.write('{"versions":' + versions + ',\n"cases":{' + ",\n".join(lines) + "}}\n")
    if arguments.compare:
        with open(arguments.compare) as file:
            found = differences(computed["cases"], json.load(file)["cases"])
        print(f"{sum(len(cases) for cases in computed['cases'].values())} cases, {len(found)} differ")
        print("\n".join(found[:20]))
        return 1 if found else 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
