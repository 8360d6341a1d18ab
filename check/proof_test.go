package check_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/onus-dev/onus/check"
	"github.com/onus-dev/onus/evidence"
	"github.com/onus-dev/onus/identity"
	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/proof"
	"github.com/onus-dev/onus/source"
	"github.com/onus-dev/onus/source/terraform"
	"github.com/onus-dev/onus/stack"
	"github.com/onus-dev/onus/workload"
)

// shown is a Prover that says the same of one duty of every workload.
type shown struct {
	duty    stack.Duty
	proof   proof.Proof
	expired []proof.Expired
}

func (s shown) Proves(_ *workload.Workload, d stack.Duty) *proof.Proof {
	if d != s.duty {
		return nil
	}
	return &s.proof
}

func (s shown) Expired() []proof.Expired { return s.expired }

// says is Governance that attests and accepts the given duties.
type says struct{ attests, accepts stack.Duty }

func (says) Owner(*workload.Workload, *inventory.Resource, stack.Duty) *check.Owner { return nil }
func (s says) Accepts(_ *workload.Workload, _ *inventory.Resource, d stack.Duty, _ string) *check.Exception {
	if d == s.accepts {
		return &check.Exception{Kind: "accept", Owner: "platform"}
	}
	return nil
}
func (s says) Attests(_ *workload.Workload, d stack.Duty) *check.Exception {
	if d == s.attests {
		return &check.Exception{Kind: "attest", Owner: "platform"}
	}
	return nil
}
func (says) Expired() []check.Finding { return nil }

const twoHostings = `
resource "aws_instance" "web" {
  ami           = "ami-0abcdef1234567890"
  instance_type = "t3.micro"
}
resource "aws_lambda_function" "api" {
  function_name = "api"
  runtime       = "nodejs22.x"
  handler       = "index.handler"
  filename      = "x.zip"
  role          = "arn:aws:iam::111122223333:role/x"
}
`

// judgeWith runs the checks on one instance and one function with what machines show.
func judgeWith(t *testing.T, p check.Prover, g check.Governance) *check.Result {
	t.Helper()
	path := filepath.Join(t.TempDir(), "main.tf")
	if err := os.WriteFile(path, []byte(twoHostings), 0o600); err != nil {
		t.Fatal(err)
	}
	m := loaded()
	inv := source.Read([]string{path}, source.Options{Types: m.types, Terraform: terraform.Options{}})
	ix := inventory.NewIndex(inv)
	found := workload.Find(ix, inv, workload.Options{Roots: m.cat.Roots(), Diags: &inv.Diags})
	r, _ := check.Run(check.Input{
		Inventory: inv, Workloads: found, Catalog: m.cat, Set: m.set, AsOf: asOf, Proof: p, Governance: g,
		Gatherer: evidence.New(inv, ix, evidence.Options{Identity: identity.New(inv, ix, identity.Options{})}),
	})
	return r
}

func dutyOf(t *testing.T, r *check.Result, name string, d stack.Duty) check.Duty {
	t.Helper()
	for _, w := range r.Workloads {
		for _, l := range w.Layers {
			for _, duty := range l.Duties {
				if w.Name == name && string(l.Layer)+"/"+duty.Duty.Duty == string(d) {
					return duty
				}
			}
		}
	}
	t.Fatalf("%s has no duty %s", name, d)
	return check.Duty{}
}

// findings of a duty as "kind verdict".
func findingsOf(r *check.Result, d stack.Duty) string {
	var out []string
	for _, f := range r.Findings {
		if f.Duty == d && strings.Contains(f.Resource.Address, "web") {
			out = append(out, f.Kind+" "+string(f.Verdict))
		}
	}
	slices.Sort(out)
	return strings.Join(out, ", ")
}

// TestProof: what machines show decides a duty, or leaves it to its checks and to what people say.
func TestProof(t *testing.T) {
	t.Parallel()
	const apply, configure = stack.Duty("operating-system/apply"), stack.Duty("operating-system/configure")
	for _, tt := range []struct {
		name  string
		duty  stack.Duty
		proof proof.Proof
		says  says
		want  string
	}{
		// The checks of apply are unmet on this instance; configure has none.
		{"done in whole", apply, proof.Proof{Verdict: proof.Met, Whole: true}, says{}, "met: "},
		{"done in part, with checks", apply, proof.Proof{Verdict: proof.Met}, says{}, "unmet: check unmet"},
		{"done in part, without checks", configure, proof.Proof{Verdict: proof.Met}, says{}, "met: "},
		{"not done, with checks", apply, proof.Proof{Verdict: proof.Unmet, Whole: true}, says{}, "unmet: check unmet, evidence unmet"},
		{"not done, without checks", configure, proof.Proof{Verdict: proof.Unmet}, says{}, "unmet: evidence unmet"},
		{"not done, and stated", configure, proof.Proof{Verdict: proof.Unmet}, says{attests: configure}, "unmet: evidence unmet"},
		{"not done, and accepted", configure, proof.Proof{Verdict: proof.Unmet}, says{accepts: configure}, "accepted: evidence accepted"},
		{"open, with checks", apply, proof.Proof{Verdict: proof.Undetermined, Whole: true}, says{}, "unmet: check unmet"},
		{"open, without checks", configure, proof.Proof{Verdict: proof.Undetermined}, says{}, "undetermined: attest undetermined"},
		{"open, and stated", configure, proof.Proof{Verdict: proof.Undetermined}, says{attests: configure}, "attested: "},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tt.proof.Reason = "What i-1 shows."
			r := judgeWith(t, shown{duty: tt.duty, proof: tt.proof}, tt.says)
			d := dutyOf(t, r, "web", tt.duty)
			if got := string(d.Verdict) + ": " + findingsOf(r, tt.duty); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			decides := tt.proof.Verdict == proof.Unmet || d.Verdict == check.Met
			if d.Proof == nil || decides && d.Because != "What i-1 shows." && d.Verdict != check.Unmet || !decides && d.Verdict == check.Undetermined && !strings.Contains(d.Because, "What i-1 shows.") {
				t.Errorf("because %q, proof %+v", d.Because, d.Proof)
			}
			for _, o := range d.Checks {
				if o.Proved != (tt.proof.Verdict == proof.Met && tt.proof.Whole) {
					t.Errorf("outcome %+v", o)
				}
			}
			if api := dutyOf(t, r, "api", tt.duty); api.Verdict == check.Met || api.Verdict == check.Unmet || api.Proof != nil {
				t.Errorf("a duty that the customer does not hold is proved: %+v", api)
			}
		})
	}
}

func TestExpiredProof(t *testing.T) {
	t.Parallel()
	r := judgeWith(t, shown{expired: []proof.Expired{{Path: "old.json", ID: "i-1", CollectedAt: "2026-10-01T08:00:00Z", Ended: "2026-10-15"}}}, nil)
	i := slices.IndexFunc(r.Findings, func(f check.Finding) bool { return f.Kind == check.KindExpired })
	if i < 0 || r.Findings[i].Source.Path != "old.json" || !(check.Gate{Expired: true}).Fails(&r.Findings[i]) || (check.Gate{Unmet: true, Least: check.Low}).Fails(&r.Findings[i]) {
		t.Errorf("%+v", r.Findings)
	}
}
