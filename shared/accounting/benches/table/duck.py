"""duck.py FILE WORK RUNS: one work in DuckDB on the generator's file; prints seconds, CPU seconds, peak memory and its answer, tab-separated.

The timed statements read tables in memory, except W1F, which reads the file. Setting up what was posted before is not timed.
"""
import sys
import time

import duckdb

path, work, runs = sys.argv[1], sys.argv[2], int(sys.argv[3])
con = duckdb.connect()

MONTHS = """CREATE TABLE months AS SELECT m::DATE f, (m + INTERVAL 1 MONTH)::DATE n, (year(m) * 12 + month(m) - 1)::BIGINT i
FROM generate_series(TIMESTAMP '2024-01-01', TIMESTAMP '2031-12-01', INTERVAL 1 MONTH) t(m)"""

# Each contract with its months; revenue is the difference of two sums to date, each rounded half away from zero, in whole numbers.
ROWS = """SELECT id, entity, currency, a, s, i,
    (2 * a * least(d, n - s) + d) // (2 * d) - (2 * a * greatest(0, f - s) + d) // (2 * d) AS minor
FROM (SELECT id, entity, currency, amount_minor a, start s, ("end" - start) + 1 d,
    unnest(range(year(start) * 12 + month(start) - 1, year("end") * 12 + month("end"))) k FROM {source}) JOIN months ON i = k"""
GROUPED = "SELECT entity, currency, i, count(*), sum(minor) FROM ({rows}) GROUP BY ALL"
JUNE = 2026 * 12 + 5

# The close: what should have been posted through June, less what was, by contract, month and account; then the journals' lines and balances.
DIFFERENCE = """CREATE OR REPLACE TABLE support AS
SELECT entity, currency, id, i, role, sum(minor) minor FROM (
    SELECT entity, currency, id, i, unnest(['liability', 'revenue']) AS role, unnest([minor, -minor]) minor FROM ({rows}) WHERE i <= {june}
    UNION ALL SELECT entity, currency, id, i, role, -minor FROM posted) GROUP BY ALL HAVING sum(minor) <> 0"""
JOURNALS = "SELECT entity, currency, i, role, sum(minor), count(*) FROM support GROUP BY ALL"
BALANCES = """SELECT entity, currency, sum(billed - earned) FROM (
    SELECT entity, currency, id, first(a) billed, sum(minor) FILTER (WHERE i <= {june}) earned FROM ({rows})
    WHERE s <= DATE '2026-06-30' GROUP BY ALL) GROUP BY ALL"""


def table():
    con.execute(f"CREATE TABLE c AS SELECT * FROM read_csv('{path}')")
    con.execute(MONTHS)
    return ROWS.format(source="c")


def w1(source):
    found = con.execute(GROUPED.format(rows=ROWS.format(source=source))).fetchall()
    return sum(row[3] for row in found), sum(row[4] for row in found), sum(row[4] for row in found if row[2] == JUNE)


def w2(rows):
    con.execute(DIFFERENCE.format(rows=rows, june=JUNE))
    journals = con.execute(JOURNALS).fetchall()
    balances = con.execute(BALANCES.format(rows=rows, june=JUNE)).fetchall()
    released = sum(row[4] for row in journals if row[3] == "liability")
    return sum(row[5] for row in journals), sum(row[2] for row in balances), released


rows = table()
if work == "W2":
    before = ROWS.format(source="c")
    con.execute(f"""CREATE TABLE posted AS SELECT entity, currency, id, i, unnest(['liability', 'revenue']) AS role,
        unnest([minor, -minor]) minor FROM ({before}) WHERE i < {JUNE}""")
does = {"W1": lambda: w1("c"), "W1F": lambda: w1(f"read_csv('{path}')"), "W2": lambda: w2(rows)}[work]
best, answer, cpu = None, None, time.process_time()
for _ in range(runs):
    start = time.perf_counter()
    answer = does()
    took = time.perf_counter() - start
    best = took if best is None else min(best, took)
cpu = (time.process_time() - cpu) / runs
peak = next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM"))
threads = con.execute("SELECT current_setting('threads')").fetchone()[0]
print(duckdb.__version__, threads, best, cpu, int(peak) // 1024, *answer, sep="\t")
