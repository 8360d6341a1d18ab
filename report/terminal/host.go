package terminal

import (
	"fmt"
	"io"
	"strings"

	"github.com/onus-dev/onus/host"
	"github.com/onus-dev/onus/report"
)

// Host prints what a machine shows: an answer a line with the sentence that it rests on, then what could not be read. The
// error is that of w.
func Host(w io.Writer, d *host.Document, opts Options) error {
	p := newPage(w, opts)
	title := d.Machine.ID
	if title == "" {
		title = "a machine without an id"
	}
	p.rule("━━", headStyle, report.Clip(title, report.MaxName)+", "+d.CollectedAt)
	p.pair("machine", strings.TrimSpace(string(d.Machine.Kind)+" "+d.Machine.InstanceType)+": "+d.Machine.Because)
	p.pair("system", systemText(d.System))
	p.pair("kernel", d.Kernel.Running+" runs")
	if len(d.Workloads) > 0 {
		p.pair("workloads", strings.Join(d.Workloads, ", "))
	}
	p.blank()
	p.fact("kernel is the newest installed", d.Kernel.Current)
	p.fact("restart is due", d.Reboot)
	p.fact("security updates are pending", d.Updates.Pending.Fact)
	p.fact("updates install themselves", d.Updates.Automatic.Fact)
	for _, way := range d.Updates.Automatic.Ways {
		if way != d.Updates.Automatic.Because {
			p.text("    ", "    ", dimStyle, way)
		}
	}
	p.hostCPU(d.CPU)
	p.hostSettings(d)
	p.hostSoftware(d.Software)
	p.unread(d.Unread)
	return p.flush()
}

func systemText(s host.System) string {
	text := s.Name
	if text == "" {
		text = strings.TrimSpace(s.ID + " " + s.Version)
	}
	if text == "" {
		text = "not told"
	}
	if s.Packages != "" {
		text += ", packages by " + s.Packages
	}
	if s.SupportEnds != "" {
		text += ", fixes for everyone until " + s.SupportEnds
	}
	if s.Container() {
		text += "; this is the inside of a container and shows nothing of the machine below"
	}
	return text
}

// pair prints a name and a text in two columns.
func (p *page) pair(name, text string) {
	const column = 12
	lead := name + strings.Repeat(" ", max(1, column-len(name)))
	p.text(p.paint(dimStyle, lead), strings.Repeat(" ", column), plainStyle, report.Clip(text, report.MaxReason))
}

// fact prints an answer.
func (p *page) fact(name string, f host.Fact) {
	st := plainStyle
	if f.Answer == host.Unknown {
		st = dimStyle
	}
	p.text(fmt.Sprintf("%-8s", f.Answer), "        ", boldStyle, name)
	text := f.Because
	if f.Source != "" {
		text += " [" + f.Source + "]"
	}
	p.text("        ", "        ", st, report.Clip(text, report.MaxReason))
}

func (p *page) hostCPU(list []host.CPUFault) {
	p.section("Processor")
	if list == nil {
		p.text("", "", dimStyle, "What the kernel says of the processor's faults was not read.")
		return
	}
	fine := 0
	for _, f := range list {
		if f.State == "not-affected" || f.Guest == host.HalfDone && f.Host == host.HalfDone {
			fine++
			continue
		}
		p.text("", "  ", boldStyle, fmt.Sprintf("%s: this kernel's half %s, the half of the machine below %s", f.Name, f.Guest, f.Host))
		p.text("  ", "  ", plainStyle, report.Clip(f.Text, report.MaxReason))
		p.text("  ", "  ", dimStyle, report.Clip(f.Because, report.MaxReason))
	}
	p.text("", "", dimStyle, fmt.Sprintf("%d of %d faults are not there or mitigated.", fine, len(list)))
}

func (p *page) hostSettings(d *host.Document) {
	p.section("Settings")
	p.fact("sshd is installed", d.SSH.Present)
	if d.SSH.Present.Answer == host.Yes {
		p.fact("sshd starts with the machine", d.SSH.Enabled)
	}
	p.settingLines(d.SSH.Settings)
	if d.SSH.Conditional > 0 {
		p.text("    ", "    ", dimStyle, fmt.Sprintf("%d Match blocks may set other values for some.", d.SSH.Conditional))
	}
	p.fact("kubelet is installed", d.Kubelet.Present)
	p.settingLines(d.Kubelet.Settings)
	p.fact("instance metadata asks for a token", d.Metadata.Tokens)
	if d.Metadata.Asked {
		p.text("        ", "        ", plainStyle, "Hop limit: "+d.Metadata.HopLimit)
	}
	p.fact("the clock is kept", d.Time)
	p.fact("a disk is decrypted by the kernel", d.Disks)
	for _, m := range d.Mounts {
		p.text("    ", "    ", plainStyle, fmt.Sprintf("%s (%s): noexec %s, nosuid %s, nodev %s", m.Path, m.Type, yesNo(m.NoExec), yesNo(m.NoSUID), yesNo(m.NoDev)))
	}
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

func (p *page) settingLines(list []host.Setting) {
	for _, s := range list {
		p.text("    ", "      ", plainStyle, report.Clip(s.Name+" "+s.Value+" ("+s.From+")", report.MaxReason))
	}
}

func (p *page) hostSoftware(list []host.Component) {
	p.section("Container engine and agents")
	if len(list) == 0 {
		p.text("", "", dimStyle, "None was found.")
	}
	for _, c := range list {
		version := c.Version
		if version == "" {
			version = "of a version that is not told"
		}
		p.text("", "  ", boldStyle, report.Clip(c.Name+" "+version+" ("+c.From+")", report.MaxName))
		p.fact("newest known", c.Newest)
		p.fact("must be restarted", c.Restart)
	}
}

func (p *page) unread(list []host.Unread) {
	if len(list) == 0 {
		return
	}
	p.section("Not read")
	for _, u := range list {
		p.text("", "  ", plainStyle, report.Clip(u.Item+": "+u.Path+": "+u.Reason, report.MaxReason))
	}
}

func (p *page) section(title string) {
	p.blank()
	p.rule("──", headStyle, title)
}
