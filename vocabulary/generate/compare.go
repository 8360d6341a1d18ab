package main

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// The files, relative to the vocabulary's directory.
const (
	typesFile    = "cloudformation.txt"
	classesFile  = "classes.txt"
	providerFile = "testdata/provider-aws.txt"
	namesFile    = "../source/terraform/names.txt"
)

// resourceType is how the bindings name the Terraform type of a class; a data source's class extends another base.
var (
	resourceType = regexp.MustCompile(`static readonly tfResourceType = "(aws_[a-z0-9_]+)"`)
	isDataSource = regexp.MustCompile(`class \w+ extends cdktf\.TerraformDataSource\b`)
)

// writeNames writes the names of the provider's resources, one a line, in order.
func writeNames(from, to string) error {
	files, err := filepath.Glob(filepath.Join(from, "lib", "*", "index.d.ts"))
	if err != nil {
		return err
	}
	names := map[string]bool{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		if m := resourceType.FindSubmatch(text); m != nil && !isDataSource.Match(text) {
			names[string(m[1])] = true
		}
	}
	if len(names) == 0 {
		return fmt.Errorf("no resource found in %s: set ONUS_PROVIDER_AWS to the directory of @cdktf/provider-aws", from)
	}
	return os.WriteFile(to, []byte(strings.Join(slices.Sorted(maps.Keys(names)), "\n")+"\n"), 0o644)
}

// compare holds the hand-made files below dir against the lists. The error names every difference.
func compare(dir string) error {
	types, err := firstWords(filepath.Join(dir, typesFile))
	if err != nil {
		return err
	}
	classes, err := firstWords(filepath.Join(dir, classesFile))
	if err != nil {
		return err
	}
	names, err := firstWords(filepath.Join(dir, namesFile))
	if err != nil {
		return err
	}
	provider, err := firstWords(filepath.Join(dir, providerFile))
	if err != nil {
		return err
	}
	for _, target := range names {
		if typ, own := strings.CutPrefix(target, "="); own && strings.HasPrefix(typ, "AWS::") {
			types[typ] = ""
		}
	}
	var problems []error
	report := func(what string, have, want map[string]string) {
		for _, name := range slices.Sorted(maps.Keys(have)) {
			if _, ok := want[name]; !ok {
				problems = append(problems, fmt.Errorf("%s: %s", what, name))
			}
		}
	}
	report("not classified; add a line to "+classesFile, types, classes)
	report("no such type any more; remove its line from "+classesFile, classes, types)
	report("Terraform name without a line in source/terraform/names.txt", provider, names)
	return errors.Join(problems...)
}

// firstWords maps the first word of each line of a file, comments left out, to the second.
func firstWords(path string) (map[string]string, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	words := map[string]string{}
	for line := range strings.Lines(string(text)) {
		fields := strings.Fields(line)
		if len(fields) == 0 || strings.HasPrefix(fields[0], "#") {
			continue
		}
		words[fields[0]] = ""
		if len(fields) > 1 {
			words[fields[0]] = fields[1]
		}
	}
	return words, nil
}
