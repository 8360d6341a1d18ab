package vuln

import "testing"

func BenchmarkLoad(b *testing.B) {
	for b.Loop() {
		if _, diags := Load(Options{}); len(diags) > 0 {
			b.Fatal(diags)
		}
	}
}

// BenchmarkWho answers for one vulnerability in every hosting of the catalog.
func BenchmarkWho(b *testing.B) {
	m := loadModel(b, "2026-11-24")
	v, _ := m.rules.Lookup("CVE-2021-44228")
	for b.Loop() {
		for _, id := range m.Hostings() {
			m.Who(v, Target{Hosting: id})
		}
	}
}

// BenchmarkClassify classifies a component that only the last rule takes.
func BenchmarkClassify(b *testing.B) {
	r, _ := Load(Options{})
	for b.Loop() {
		r.Classify(Component{PURL: "pkg:rpm/amzn/fortune-mod"})
	}
}
