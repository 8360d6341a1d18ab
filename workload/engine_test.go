package workload

import "testing"

func TestEngineLine(t *testing.T) {
	t.Parallel()
	for in, want := range map[[2]string]string{
		{"postgres", "13.4"}: "postgres 13", {"postgres", "13"}: "postgres 13", {"postgres", "9.6.24"}: "postgres 9.6",
		{"mysql", "5.7.44"}: "mysql 5.7", {"mysql", "8.0"}: "mysql 8.0", {"mariadb", "10.6.14"}: "mariadb 10.6",
		{"MySQL", "5.7.44-RDS.20240208"}:              "mysql 5.7",
		{"aurora-mysql", "8.0.mysql_aurora.3.05.2"}:   "aurora-mysql 3",
		{"aurora-mysql", "5.7.mysql_aurora.2.11.2"}:   "aurora-mysql 2",
		{"aurora-mysql", "5.7"}:                       "aurora-mysql 2",
		{"aurora", "5.6.10a"}:                         "aurora-mysql 1",
		{"aurora-postgresql", "11.21"}:                "aurora-postgresql 11",
		{"oracle-ee", "19.0.0.0.ru-2021-10.rur-2021"}: "oracle-ee 19", {"sqlserver-se", "x"}: "sqlserver-se x",
	} {
		if got := engineLine(in[0], in[1]); got != want {
			t.Errorf("%v is of line %q, want %q", in, got, want)
		}
	}
}

func TestDatabaseEngine(t *testing.T) {
	t.Parallel()
	db := func(engine, version any) rs {
		return rs{res(typeDBInst, "db.i", p{"Engine": engine, "EngineVersion": version})}
	}
	source := res(typeDBInst, "db.s", p{"Engine": "postgres", "EngineVersion": "13.1", "DBInstanceIdentifier": "s"})
	replica := res(typeDBInst, "db.i", p{"SourceDBInstanceIdentifier": ref("db.s.id"), "EngineVersion": "13.1"})
	runParts(t, []partCase{
		{"known", "db.i", "engine", db("postgres", "13.4"), "Line=postgres 13"},
		{"unset version", "db.i", "engine", db("postgres", nil), "absent"},
		{"unknown version", "db.i", "engine", db("postgres", unset("var.v")), "Line=(unknown)"},
		{"replica", "db.i", "engine", rs{replica, source}, "Line=postgres 13"},
		{"cluster", "db.c", "engine", rs{res(typeDBCluster, "db.c", p{"Engine": "aurora-mysql", "EngineVersion": "5.7.mysql_aurora.2.11.2"})}, "Line=aurora-mysql 2"},
	})
}
