package workload

import (
	"regexp"
	"strings"

	"github.com/onus-dev/onus/inventory"
)

const typeDatabaseEngine = "onus::DatabaseEngine"

var (
	auroraMySQL   = regexp.MustCompile(`^\d+\.\d+\.mysql_aurora\.(\d+)`)
	versionNumber = regexp.MustCompile(`^(\d+)(?:\.(\d+))?`)
)

// databaseEngine is the onus::DatabaseEngine of a database instance or cluster: the engine with its major version, which
// decides how long AWS makes patches for it. Without a version there is no line: RDS then takes one that is current.
func (f *finder) databaseEngine(r *inventory.Resource) Part {
	engine, version := at(r, "Engine"), at(r, "EngineVersion")
	if r.Type == typeDBInst {
		engine = f.engineOf(r, 4)
	}
	if engine.Value.IsNull() || version.Value.IsNull() {
		return Part{}
	}
	line := inventory.UnknownValue(r.Origin, append(unknownText(engine), unknownText(version)...)...)
	name, knownName := engine.Value.Text()
	text, knownText := version.Value.Text()
	if knownName && knownText {
		line = derivedString(engineLine(name, text), engine.Value, version.Value)
	}
	return derivedPart(r, typeDatabaseEngine, []inventory.Property{{Name: "Line", Value: line}}, engine, version)
}

func unknownText(e Evidence) []inventory.Step {
	if _, known := e.Value.Text(); known {
		return nil
	}
	return unknownSteps(e)
}

// engineLine is the name of an engine and its major version: "postgres 13", "mysql 5.7", "aurora-mysql 3".
func engineLine(engine, version string) string {
	engine = strings.ToLower(engine)
	if engine == "aurora" {
		engine = "aurora-mysql"
	}
	if hit := auroraMySQL.FindStringSubmatch(version); hit != nil {
		return engine + " " + hit[1]
	}
	hit := versionNumber.FindStringSubmatch(version)
	switch {
	case hit == nil:
		return engine + " " + version
	case engine == "aurora-mysql":
		// A version without Aurora's own number names MySQL's, of which each has one line of Aurora.
		return engine + " " + map[string]string{"5.6": "1", "5.7": "2", "8.0": "3"}[hit[1]+"."+hit[2]]
	case strings.HasSuffix(engine, "mysql"), engine == "mariadb", strings.Contains(engine, "postgres") && len(hit[1]) == 1:
		return engine + " " + hit[1] + "." + hit[2]
	}
	return engine + " " + hit[1]
}
