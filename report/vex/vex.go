// Package vex writes the answers of `onus who` as VEX documents, so that scanners hide what is not the customer's:
// CycloneDX (OWASP, 1.6) and OpenVEX (0.2.0).
//
// The product of a statement is a workload, or a hosting, as far as the customer ships it. A layer that AWS keeps is not
// part of it: where AWS builds and applies the fix and nothing is left to do, the product is not affected, for the
// component is not present in it; the statement says that it is AWS's. Where something is left to do, the product is
// affected and the statement says what. An undetermined answer, or a copy that is there only under a condition, is under
// investigation: it is never hidden.
//
// Data flow: a vuln.Result in, one JSON document out. The same Result gives the same bytes: the time of a document is
// the start of the day that was asked about, and its identifier is a hash of what it says.
package vex

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/onus-dev/onus/report"
	"github.com/onus-dev/onus/vuln"
)

// status is what a statement says about a product.
type status int

const (
	investigating status = iota
	affected
	notAffected
	awsOnly
)

func statusOf(a *vuln.Answer) status {
	switch a.Who {
	case vuln.NotAffected:
		return notAffected
	case vuln.AWS:
		if a.Residual == vuln.None && len(a.Conditions) == 0 {
			return awsOnly
		}
		if a.Residual == vuln.None {
			return investigating // a configuration that is not known could make it the customer's
		}
		return affected
	case vuln.Customer, vuln.Both:
		if a.Provided != "" {
			return investigating
		}
		return affected
	}
	return investigating
}

// product identifies what an answer is about.
func product(a *vuln.Answer) (id, name string) {
	if a.Workload != nil {
		return "urn:onus:workload:" + a.Workload.ID, a.Workload.Name
	}
	return "urn:onus:hosting:" + a.Hosting, a.Hosting
}

// detail says the answer in one text.
func detail(a *vuln.Answer) string {
	parts := []string{report.WhoHeading(a) + "."}
	for _, s := range []string{a.Todo, a.Reason} {
		if s != "" {
			parts = append(parts, s)
		}
	}
	if a.Provided != "" {
		parts = append(parts, "Condition: "+a.Provided+".")
	}
	for _, c := range a.Conditions {
		parts = append(parts, "But when "+report.WhoCondition(c)+".")
	}
	return report.Plain(strings.Join(parts, " "))
}

func action(a *vuln.Answer) string {
	return report.Plain(strings.TrimSpace(report.WhoSteps(a.Steps) + ": " + a.Todo))
}

// write encodes a document with indentation.
func write(w io.Writer, doc any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(doc); err != nil {
		return fmt.Errorf("write VEX: %w", err)
	}
	return nil
}

// digest is the hash of a value's JSON.
func digest(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		return "" // cannot happen: the documents hold strings and lists of them
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:16])
}

func timestamp(r *vuln.Result) string {
	if r.AsOf == "" {
		return ""
	}
	return r.AsOf + "T00:00:00Z"
}
