package java

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/internal/softwaretest"
	"github.com/onus-dev/onus/software"
)

func pomOf(group, artifact, version string) softwaretest.File {
	return softwaretest.Text("META-INF/maven/"+group+"/"+artifact+"/pom.properties", fmt.Sprintf("#Generated\ngroupId=%s\nartifactId=%s\nversion=%s\n", group, artifact, version))
}

func class(name string) softwaretest.File {
	return softwaretest.Text(name+".class", "\xca\xfe\xba\xbe")
}

const (
	jndi   = "org/apache/logging/log4j/core/lookup/JndiLookup"
	source = "org/apache/logging/log4j/core/config/ConfigurationSource"
)

// read shows what an archive holds, one package a line, and its diagnostics.
func read(name string, data []byte, l software.Limits) ([]string, diag.List, error) {
	var diags diag.List
	packages, err := Read(bytes.NewReader(data), int64(len(data)), Place{Path: name, Name: "lib/" + name, Depth: 1}, software.NewBudget(l), &diags)
	var out []string
	for _, p := range packages {
		line := fmt.Sprintf("%s %s@%s %s", p.Location.Path, p.Name, p.Version, p.Evidence.How)
		for _, q := range p.Properties {
			line += fmt.Sprintf(" %s(%s)", q.Name, q.Value)
		}
		out = append(out, line)
	}
	return out, diags, err
}

func TestRead(t *testing.T) {
	t.Parallel()
	log4j := softwaretest.Zip(t, pomOf("org.apache.logging.log4j", "log4j-core", "2.14.1"), class(source), class(jndi))
	stripped := softwaretest.Zip(t, class(source), class(jndi))
	fat := softwaretest.Zip(t, pomOf("com.example", "app", "1.0"), softwaretest.File{Name: "BOOT-INF/lib/log4j-core-2.14.1.jar", Data: log4j},
		softwaretest.File{Name: "BOOT-INF/lib/spring-beans-5.3.17.jar", Data: softwaretest.Zip(t, class("org/springframework/beans/CachedIntrospectionResults"))})
	for _, c := range []struct {
		about, name string
		data        []byte
		want        []string
	}{
		{"a fat jar", "app.jar", fat, []string{
			"app.jar com.example:app@1.0 metadata",
			"app.jar!/BOOT-INF/lib/log4j-core-2.14.1.jar org.apache.logging.log4j:log4j-core@2.14.1 metadata",
			"app.jar!/BOOT-INF/lib/spring-beans-5.3.17.jar org.springframework:spring-beans@5.3.17 filename",
		}},
		{"a fat jar in a war in an ear", "all.ear", softwaretest.Zip(t, softwaretest.File{Name: "web.war", Data: softwaretest.Zip(t, softwaretest.File{Name: "WEB-INF/lib/app.jar", Data: fat})}), []string{
			"all.ear!/web.war!/WEB-INF/lib/app.jar com.example:app@1.0 metadata",
			"all.ear!/web.war!/WEB-INF/lib/app.jar!/BOOT-INF/lib/log4j-core-2.14.1.jar org.apache.logging.log4j:log4j-core@2.14.1 metadata",
			"all.ear!/web.war!/WEB-INF/lib/app.jar!/BOOT-INF/lib/spring-beans-5.3.17.jar org.springframework:spring-beans@5.3.17 filename",
		}},
		{"stripped, renamed", "renamed.jar", stripped, []string{"renamed.jar org.apache.logging.log4j:log4j-core@ class-marker shaded(classes copied into renamed.jar)"}},
		{"stripped, with its name", "log4j-core.jar", softwaretest.Zip(t, class(jndi), softwaretest.Text("META-INF/MANIFEST.MF", "Manifest-Version: 1.0\r\nImplementation-Version: 2.1\r\n 4.0\r\n\r\nName: x\r\nImplementation-Version: 9\r\n")),
			[]string{"log4j-core.jar org.apache.logging.log4j:log4j-core@2.14.0 manifest"}},
		{"JndiLookup taken out", "log4j-core-2.14.1.jar", softwaretest.Zip(t, pomOf("org.apache.logging.log4j", "log4j-core", "2.14.1"), class(source)),
			[]string{"log4j-core-2.14.1.jar org.apache.logging.log4j:log4j-core@2.14.1 metadata mitigation(JndiLookup.class is not in the archive)"}},
		{"shaded under another name", "agent-1.2.jar", softwaretest.Zip(t, pomOf("com.vendor", "agent", "1.2"), class("com/vendor/shaded/"+source), class("com/vendor/shaded/"+jndi)), []string{
			"agent-1.2.jar com.vendor:agent@1.2 metadata",
			"agent-1.2.jar org.apache.logging.log4j:log4j-core@ class-marker shaded(classes moved below com/vendor/shaded/)",
		}},
		{"shaded with metadata", "app-1.0-all.jar", softwaretest.Zip(t, pomOf("com.example", "app", "1.0"), pomOf("org.yaml", "snakeyaml", "1.33"), class("org/yaml/snakeyaml/constructor/SafeConstructor")), []string{
			"app-1.0-all.jar com.example:app@1.0 metadata", "app-1.0-all.jar org.yaml:snakeyaml@1.33 metadata shaded(inside app-1.0-all.jar)",
		}},
		{"a class of a like name", "x-1.jar", softwaretest.Zip(t, class("notorg/apache/logging/log4j/core/lookup/JndiLookup2"), class("my"+jndi)), []string{"x-1.jar x@1 filename"}},
		{"a bundle, whose name tells no group", "guava-31.1-jre.jar", softwaretest.Zip(t, softwaretest.Text("META-INF/MANIFEST.MF", "Bundle-SymbolicName: com.google.guava;singleton:=true\nBundle-Version: 31\n")),
			[]string{"guava-31.1-jre.jar guava@31.1-jre filename"}},
		{"group by Maven's manifest", "x-1.0.jar", softwaretest.Zip(t, softwaretest.Text("META-INF/MANIFEST.MF", "Implementation-Vendor-Id: org.x\n")), []string{"x-1.0.jar org.x:x@1.0 filename"}},
		{"nothing known", "app.jar", softwaretest.Zip(t, class("com/example/Main")), nil},
	} {
		t.Run(c.about, func(t *testing.T) {
			t.Parallel()
			got, diags, err := read(c.name, c.data, software.Limits{})
			if err != nil || len(diags) > 0 {
				t.Errorf("%v %v", err, diags)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestReadIsBounded(t *testing.T) {
	t.Parallel()
	deep := softwaretest.Zip(t, pomOf("g", "deepest", "1"))
	for range 8 {
		deep = softwaretest.Zip(t, softwaretest.File{Name: "in.jar", Data: deep})
	}
	bomb := softwaretest.Zip(t, softwaretest.File{Name: "lib/bomb.jar", Data: make([]byte, 40<<20)}, softwaretest.File{Name: "lib/good.jar", Data: softwaretest.Zip(t, pomOf("g", "good", "1"))})
	for _, c := range []struct {
		about, limit string
		data         []byte
		want         []string
	}{
		{"nested too deeply", "MaxNesting", deep, nil},
		{"a bomb beside a good one", "MaxRatio", bomb, []string{"a.jar!/lib/good.jar g:good@1 metadata"}},
		{"no zip", "", softwaretest.Zip(t, softwaretest.Text("lib/x-1.jar", "no zip"), softwaretest.File{Name: "lib/good.jar", Data: softwaretest.Zip(t, pomOf("g", "good", "1"))}),
			[]string{"a.jar!/lib/x-1.jar x@1 filename", "a.jar!/lib/good.jar g:good@1 metadata"}},
	} {
		got, diags, err := read("a.jar", c.data, software.Limits{})
		if err != nil || len(diags) != 1 || !diags.Incomplete() || !strings.Contains(diags[0].Detail, c.limit) {
			t.Errorf("%s: %v %v", c.about, err, diags)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: %s", c.about, diff)
		}
	}
	if _, _, err := read("a.jar", bomb, software.Limits{MaxExpanded: 1 << 20}); err == nil {
		t.Error("the limit of the whole source was passed over")
	}
}

func TestLibraries(t *testing.T) {
	t.Parallel()
	if n := len(libraries().libraries); n < 20 {
		t.Fatalf("%d libraries", n)
	}
	for _, l := range libraries().libraries {
		if class, prefix, ok := libraries().classAt("x/" + l.marker); !ok || class != l.marker || prefix != "x/" {
			t.Errorf("%s: %q %q %v", l.name(), class, prefix, ok)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add(softwaretest.Zip(f, pomOf("g", "a", "1"), class(jndi), softwaretest.File{Name: "b.jar", Data: softwaretest.Zip(f, softwaretest.Text("META-INF/MANIFEST.MF", "A: b\n c\n"))}))
	f.Fuzz(func(t *testing.T, data []byte) {
		_, _, _ = read("a.jar", data, software.Limits{MaxExpanded: 4 << 20, MaxEntries: 10_000})
	})
}
