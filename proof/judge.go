package proof

import (
	"slices"
	"strings"

	"github.com/onus-dev/onus/host"
	"github.com/onus-dev/onus/stack"
)

// judgement says how one machine is judged for a duty.
type judgement struct {
	judge func(*host.Document) finding
	whole bool
}

// judges are the duties that a machine can show.
var judges = map[stack.Duty]judgement{
	"operating-system/apply":     {systemApplied, true},
	"operating-system/configure": {systemConfigured, false},
	"container-runtime/apply":    {runtimeApplied, true},
}

// tally collects what is wrong and what is not known.
type tally struct{ bad, open, good []string }

func (t *tally) fact(f host.Fact, bad host.Answer, good string) {
	switch {
	case f.Answer == bad:
		t.add(&t.bad, f.Because)
	case f.Answer == host.Yes || f.Answer == host.No:
		t.add(&t.good, good)
	default:
		t.add(&t.open, f.Because)
	}
}

func (t *tally) add(list *[]string, text string) {
	if text == "" {
		text = "The document says nothing of it."
	}
	if !slices.Contains(*list, text) {
		*list = append(*list, text)
	}
}

// finding is unmet when anything is wrong, else undetermined when anything is open, else met.
func (t *tally) finding() finding {
	switch {
	case len(t.bad) > 0:
		return finding{verdict: Unmet, text: strings.Join(t.bad, " ")}
	case len(t.open) > 0:
		return finding{verdict: Undetermined, text: strings.Join(t.open, " ")}
	}
	return finding{verdict: Met, text: strings.Join(t.good, " ")}
}

const insideContainer = "The document was collected inside of a container and shows nothing of the machine below; run onus host on the machine, or with --root where its root directory is mounted."

func inContainer(d *host.Document) bool {
	return d.System.Container() || d.Machine.Kind == host.Container
}

// systemApplied: no security update is pending, no restart is due and the newest installed kernel runs, on a release that
// still gets fixes. Nothing is pending either where nobody makes fixes any more.
func systemApplied(d *host.Document) finding {
	if inContainer(d) {
		return finding{verdict: Undetermined, text: insideContainer}
	}
	var t tally
	t.fact(d.Updates.Pending.Fact, host.Yes, "No security update is pending.")
	t.fact(d.Reboot, host.Yes, "No restart is due.")
	t.fact(d.Kernel.Current, host.No, "The newest installed kernel runs.")
	t.supported(d)
	return t.finding()
}

// supported leaves open what a release without fixes does not show.
func (t *tally) supported(d *host.Document) {
	day, _, _ := strings.Cut(d.CollectedAt, "T")
	name := strings.TrimSpace(d.System.ID + " " + d.System.Version)
	switch {
	case d.System.SupportEnds == "":
		t.add(&t.open, "Until when "+name+" gets fixes is not known, and nothing is pending where none are made.")
	case d.System.SupportEnds < day:
		t.add(&t.open, "Fixes for everyone ended for "+name+" on "+d.System.SupportEnds+": that nothing is pending says little.")
	}
}

// runtimeApplied: every engine and agent is the newest that the package lists know, and is what runs.
func runtimeApplied(d *host.Document) finding {
	if inContainer(d) {
		return finding{verdict: Undetermined, text: insideContainer}
	}
	var t tally
	for _, c := range d.Software {
		if c.Name == "ssm-agent" {
			continue
		}
		label := c.Name + " " + c.Version
		switch {
		case c.Newest.Answer == host.Yes:
			t.add(&t.good, label+" is the newest known.")
		case c.Newest.Answer == host.No && securityPending(d, c.Package):
			t.add(&t.bad, label+" has a pending security update to "+c.Candidate+".")
		default:
			t.add(&t.open, label+": "+c.Newest.Because)
		}
		switch c.Restart.Answer {
		case host.Yes:
			t.add(&t.bad, c.Name+" was updated and has not been restarted.")
		case host.No:
		default:
			t.add(&t.open, c.Name+": "+c.Restart.Because)
		}
	}
	if len(t.bad)+len(t.open)+len(t.good) == 0 {
		t.add(&t.open, "No container engine and no node agent was found.")
	}
	t.supported(d)
	return t.finding()
}

func securityPending(d *host.Document, name string) bool {
	return slices.ContainsFunc(d.Updates.Pending.Packages, func(u host.Update) bool { return u.Name == name && u.Security })
}

// systemConfigured: sign-in, kubelet, the instance's metadata and the kernel's mitigations are set as they should be.
func systemConfigured(d *host.Document) finding {
	if inContainer(d) {
		return finding{verdict: Undetermined, text: insideContainer}
	}
	var t tally
	t.signIn(d.SSH)
	t.kubelet(d.Kubelet)
	if d.Machine.Kind == host.Nitro || d.Machine.Kind == host.Xen || d.Machine.Kind == host.Metal {
		t.fact(d.Metadata.Tokens, host.No, "Instance metadata asks for a token.")
	}
	if len(d.CPU) == 0 {
		t.add(&t.open, "What the kernel does about the processor's faults was not read.")
	}
	for _, f := range d.CPU {
		if f.Guest == host.HalfMissing {
			t.add(&t.bad, "The kernel does not mitigate "+f.Name+".")
		}
	}
	if len(d.CPU) > 0 {
		t.add(&t.good, "The kernel does its half of the mitigations.")
	}
	return t.finding()
}

// weakSSH are settings of sshd that let someone in too easily.
var weakSSH = []struct{ name, value, text string }{
	{"PermitRootLogin", "yes", "sshd lets root sign in with a password (PermitRootLogin yes)."},
	{"PasswordAuthentication", "yes", "sshd takes passwords (PasswordAuthentication yes)."},
	{"PermitEmptyPasswords", "yes", "sshd takes empty passwords (PermitEmptyPasswords yes)."},
}

func (t *tally) signIn(s host.SSH) {
	switch {
	case s.Present.Answer == host.No || s.Present.Answer == host.Yes && s.Enabled.Answer == host.No:
		t.add(&t.good, "sshd does not run.")
		return
	case s.Present.Answer != host.Yes:
		t.add(&t.open, "Whether sshd runs is not known.")
		return
	case len(s.Settings) == 0:
		t.add(&t.open, "The settings of sshd could not be read in full.")
		return
	}
	for _, w := range weakSSH {
		set, ok := s.Setting(w.name)
		switch {
		case !ok:
			t.add(&t.open, w.name+" of sshd is not known.")
		case set.Value == w.value:
			t.add(&t.bad, w.text)
		}
	}
	pam, _ := s.Setting("UsePAM")
	if set, _ := s.Setting("KbdInteractiveAuthentication"); set.Value == "yes" && pam.Value == "yes" {
		t.add(&t.bad, "sshd takes passwords through PAM (KbdInteractiveAuthentication yes, UsePAM yes).")
	}
	if s.Conditional > 0 {
		t.add(&t.open, "Match blocks of sshd may set other values for some.")
	}
	t.add(&t.good, "sshd takes neither passwords nor root with one.")
}

func (t *tally) kubelet(k host.Kubelet) {
	switch {
	case k.Present.Answer == host.No:
		return
	case k.Present.Answer != host.Yes || len(k.Settings) == 0:
		t.add(&t.open, "The settings of kubelet could not be read.")
		return
	}
	anonymous, known := k.Setting("anonymousAuth")
	port, portKnown := k.Setting("readOnlyPort")
	mode, modeKnown := k.Setting("authorizationMode")
	if !known || !portKnown || !modeKnown {
		t.add(&t.open, "Not every setting of kubelet is known.")
	}
	if anonymous.Value == "true" {
		t.add(&t.bad, "kubelet answers anonymous requests (authentication.anonymous).")
	}
	if port.Value != "0" && portKnown {
		t.add(&t.bad, "kubelet serves a port without authentication (readOnlyPort "+port.Value+").")
	}
	if mode.Value == "AlwaysAllow" {
		t.add(&t.bad, "kubelet allows every request (authorization.mode AlwaysAllow).")
	}
	t.add(&t.good, "kubelet refuses anonymous requests.")
}
