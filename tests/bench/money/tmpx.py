import time, json, uuid
from billing import prepared
from django.db import connection, transaction
from tests.bench.money.settlement import *
from tests.bench.money.settlement import _paid
def measure(bench):
    people = [User.objects.get(pk=pk) for pk, _key in bench.users(WORKERS)]
    job = bench.job(images=9000)
    _paid(job, people, 20, 300)
    with connection.cursor() as c:
        c.execute("VACUUM ANALYZE billing_transfer, billing_account")
        c.execute("SELECT pg_backend_pid()"); pid=c.fetchone()[0]
    cpu=lambda: int(open(f"/proc/{pid}/schedstat").read().split()[0])/1e6
    seen={}
    real=prepared.rows
    def spy(sql,params):
        if "INSERT" in sql: seen["x"]=(sql,params)
        return real(sql,params)
    prepared.rows=spy; _paid(job, people, 1, 300); prepared.rows=real
    sql, params = seen["x"]
    def variants(label, sql, pre=()):
        best=[]
        with transaction.atomic(), connection.cursor() as c:
            for p in pre: c.execute(p)
            for i in range(16):
                ps=dict(params)
                ps["keys"]=prepared.texts([str(uuid.uuid4()) for _ in range(600)])
                for k in ("source_sequences","target_sequences"):
                    ps[k]="{"+",".join(x if x=="NULL" else str(int(x)+10**6*(i+1)) for x in ps[k][1:-1].split(","))+"}"
                t=cpu(); prepared.rows(sql,ps); best.append((cpu()-t))
            transaction.set_rollback(True)
        print(label, "median", round(sorted(best)[8],2), "ms  min", round(min(best),2))
    seq="ALTER TABLE billing_transfer DROP CONSTRAINT transfer_source_sequence_once, DROP CONSTRAINT transfer_target_sequence_once"
    psq=[seq,"CREATE UNIQUE INDEX a1 ON billing_transfer(source_id,source_sequence) WHERE source_sequence IS NOT NULL","CREATE UNIQUE INDEX a2 ON billing_transfer(target_id,target_sequence) WHERE target_sequence IS NOT NULL"]
    part=["DROP INDEX transfer_out_unguarded","DROP INDEX transfer_in_unguarded"]
    chk=["ALTER TABLE billing_transfer DROP CONSTRAINT transfer_kind_is_a_word, DROP CONSTRAINT transfer_has_a_key, DROP CONSTRAINT transfer_amount_positive, DROP CONSTRAINT transfer_moves"]
    trg=["SET LOCAL session_replication_role=replica"]
    for _ in range(2):
        variants("as is", sql)
        variants("no trigger", sql, trg)
        variants("no checks", sql, chk)
        variants("no regex", sql, ["ALTER TABLE billing_transfer DROP CONSTRAINT transfer_kind_is_a_word"])
        variants("no seq uniq", sql, [seq])
        variants("partial seq uniq", sql, psq)
        variants("no partial", sql, part)
        variants("bare", sql, [seq,*part,*chk,*trg])
        variants("no pk too", sql, [seq,*part,*chk,*trg,"ALTER TABLE billing_transfer DROP CONSTRAINT billing_transfer_pkey CASCADE"])
