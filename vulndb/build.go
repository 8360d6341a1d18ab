package vulndb

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/vulndb/ecosystem"
	"github.com/onus-dev/onus/vulndb/epss"
	"github.com/onus-dev/onus/vulndb/kev"
	"github.com/onus-dev/onus/vulndb/osv"
	"github.com/onus-dev/onus/vulndb/table"
)

// BuildOptions decide about an index.
type BuildOptions struct {
	// AsOf is the day to be written into the index, YYYY-MM-DD; "" writes none.
	AsOf string
}

// ErrNothing is returned when no input held any vulnerability data. The diagnostics say why.
var ErrNothing = errors.New("no vulnerability data was read, so no index was written")

// Build reads the inputs and writes an index to the file out, in place of one that is there. What could not be read
// becomes a diagnostic, and the rest is indexed. The error is of the writing, of ctx, or ErrNothing.
//
// Records of one id that come from several inputs become one: of different dates the newest counts; of the same date,
// the packages of all of them, for an Amazon Linux advisory is published by the repository of each architecture.
// Records wait on disk beside out while the others are read; in memory are only their ids and places.
func Build(ctx context.Context, out string, inputs []Input, options BuildOptions, diags *diag.List) (info Info, err error) {
	dir := filepath.Dir(out)
	b := &builder{ctx: ctx, pool: newPool(), exploited: map[string]kev.Entry{}, scores: map[string]epss.Score{}}
	defer func() { err = errors.Join(err, b.discard()) }()
	if b.records, err = newSpool(dir); err != nil {
		return info, err
	}
	if b.entries, err = newSpool(dir); err != nil {
		return info, err
	}
	for _, input := range inputs {
		s := &source{input: input, kinds: map[Kind]*Source{}}
		err := b.read(s)
		s.problems.report(input.Path, diags)
		if err = cmp.Or(err, b.pool.failed(), ctx.Err()); err != nil {
			return info, err
		}
		for _, k := range s.kinds {
			b.info.Sources = append(b.info.Sources, *k)
		}
	}
	if len(b.refs)+len(b.exploited)+len(b.scores) == 0 {
		return info, ErrNothing
	}
	slices.SortFunc(b.info.Sources, func(x, y Source) int {
		return cmp.Or(cmp.Compare(x.Kind, y.Kind), cmp.Compare(x.Name, y.Name), cmp.Compare(x.Date, y.Date), cmp.Compare(x.Records, y.Records))
	})
	b.info.Format, b.info.Built = table.Version, options.AsOf
	return b.write(out)
}

// builder collects records while inputs are read, and writes the tables.
type builder struct {
	ctx  context.Context
	pool *pool
	info Info

	mu        sync.Mutex
	records   *spool
	refs      []recordRef
	exploited map[string]kev.Entry
	scores    map[string]epss.Score

	entries  *spool
	packages []packageRef
	ids      []idRef
}

// recordRef is a record that waits on disk.
type recordRef struct {
	id, modified string
	place
}

// packageRef is an entry that waits on disk.
type packageRef struct {
	key string
	place
}

// idRef says that record is about the vulnerability id: as an alias, or downstream of it.
type idRef struct {
	id, record string
	upstream   bool
}

// maxNamed bounds how often the ids of one record are written: once for each of its packages.
const maxNamed = 2_000_000

// add takes a record from a reader; shown is the file that it is from.
func (b *builder) add(s *source, shown string, r *osv.Record, kind Kind) error {
	if err := b.ctx.Err(); err != nil {
		return err
	}
	if ids := len(r.Aliases) + len(r.Upstream); ids*len(r.Affected) > maxNamed {
		return s.fail(shown, fmt.Errorf("%s names %d ids for each of %d packages, more than the limit of %d in all", r.ID, ids, len(r.Affected), maxNamed))
	}
	data := encodeRecord(nil, r, kind)
	b.mu.Lock()
	at, err := b.records.write(data)
	b.refs = append(b.refs, recordRef{id: r.ID, modified: r.Modified, place: at})
	b.mu.Unlock()
	s.note(kind, 1, 0, r.Modified, "")
	return err
}

// write sorts everything into the tables of a temporary file and puts it in place of out.
func (b *builder) write(out string) (Info, error) {
	f, err := os.CreateTemp(filepath.Dir(out), ".vulndb-*.tmp")
	if err != nil {
		return Info{}, err
	}
	w, err := table.NewWriter(f)
	for _, step := range []func(*table.Writer) error{b.writeRecords, b.writeIDs, b.writePackages, b.writeKEV, b.writeEPSS, b.writeAbout} {
		if err = cmp.Or(err, b.ctx.Err()); err != nil {
			break
		}
		err = step(w)
	}
	if err == nil {
		err = w.Close()
	}
	if err == nil {
		err = f.Chmod(0o644)
	}
	err = errors.Join(err, f.Close())
	if err == nil {
		err = os.Rename(f.Name(), out)
	}
	if err != nil {
		return Info{}, errors.Join(err, removeIfThere(f.Name()))
	}
	return b.info, nil
}

// writeRecords writes each id's record, and notes the packages and ids that it is to be found under.
func (b *builder) writeRecords(w *table.Writer) error {
	if err := errors.Join(b.records.flush(), w.Start(tableRecords)); err != nil {
		return err
	}
	slices.SortFunc(b.refs, func(x, y recordRef) int { return cmp.Compare(x.id, y.id) })
	intern := map[string]string{}
	for group := range chunkBy(b.refs, func(x, y recordRef) bool { return x.id == y.id }) {
		r, kind, err := b.merge(group)
		if err != nil {
			return err
		}
		if err := w.Add(r.ID, encodeRecord(nil, r, kind)); err != nil {
			return err
		}
		b.info.Records++
		if r.Withdrawn != "" {
			b.info.Withdrawn++
		}
		b.noteIDs(r)
		if err := b.notePackages(r, kind, intern); err != nil {
			return err
		}
	}
	b.refs = nil
	return b.entries.flush()
}

// merge makes one record of those of one id.
func (b *builder) merge(group []recordRef) (*osv.Record, Kind, error) {
	newest := slices.MaxFunc(group, func(x, y recordRef) int { return cmp.Compare(x.modified, y.modified) }).modified
	var copies [][]byte
	for _, ref := range group {
		if ref.modified != newest {
			continue
		}
		data, err := b.records.read(ref.place)
		if err != nil {
			return nil, "", err
		}
		copies = append(copies, data)
	}
	slices.SortFunc(copies, slices.Compare)
	copies = slices.CompactFunc(copies, slices.Equal)
	record, kind, err := decodeRecord(copies[len(copies)-1])
	if err != nil || len(copies) == 1 {
		return record, kind, err
	}
	seen := map[string]bool{}
	var all []osv.Affected
	for _, data := range copies {
		r, _, err := decodeRecord(data)
		if err != nil {
			return nil, "", err
		}
		for i := range r.Affected {
			if key := string(appendAffected(nil, &r.Affected[i])); !seen[key] {
				seen[key] = true
				all = append(all, r.Affected[i])
			}
		}
	}
	record.Affected = all
	return record, kind, nil
}

func (b *builder) noteIDs(r *osv.Record) {
	for _, id := range r.Aliases {
		if id != r.ID {
			b.ids = append(b.ids, idRef{id: id, record: r.ID})
		}
	}
	upstream := r.Upstream
	if len(upstream) == 0 {
		upstream = r.CVEs(true) // an older advisory that lists its CVEs as related
	}
	for _, id := range upstream {
		if id != r.ID && !slices.Contains(r.Aliases, id) {
			b.ids = append(b.ids, idRef{id: id, record: r.ID, upstream: true})
		}
	}
}

func (b *builder) notePackages(r *osv.Record, kind Kind, intern map[string]string) error {
	for i := range r.Affected {
		a := &r.Affected[i]
		if a.Ecosystem == "" || a.Name == "" {
			continue
		}
		key := packageKey(a.Ecosystem, a.Name)
		if len(key) > table.MaxKey {
			continue
		}
		if known, ok := intern[key]; ok {
			key = known
		} else {
			intern[key] = key
		}
		e := newEntry(r, kind, i, ecosystem.IsDistribution(a.Ecosystem))
		at, err := b.entries.write(e.encode(nil))
		if err != nil {
			return err
		}
		b.packages = append(b.packages, packageRef{key: key, place: at})
	}
	return nil
}

func (b *builder) writeIDs(w *table.Writer) error {
	if err := w.Start(tableIDs); err != nil {
		return err
	}
	slices.SortFunc(b.ids, func(x, y idRef) int { return cmp.Or(cmp.Compare(x.id, y.id), cmp.Compare(x.record, y.record)) })
	for group := range chunkBy(b.ids, func(x, y idRef) bool { return x.id == y.id }) {
		var aliases, upstream []string
		for _, ref := range group {
			if ref.upstream {
				upstream = append(upstream, ref.record)
			} else {
				aliases = append(aliases, ref.record)
			}
		}
		if err := w.Add(group[0].id, table.AppendStrings(table.AppendStrings(nil, aliases), upstream)); err != nil {
			return err
		}
	}
	b.ids = nil
	return nil
}

// writePackages writes the entries of each package, and under each name the ecosystems that have it.
func (b *builder) writePackages(w *table.Writer) error {
	if err := w.Start(tablePackages); err != nil {
		return err
	}
	// The entries of a record were written in the order of ids, so their places break ties the same way each time.
	slices.SortFunc(b.packages, func(x, y packageRef) int { return cmp.Or(cmp.Compare(x.key, y.key), cmp.Compare(x.offset, y.offset)) })
	byName, counts := map[string][]string{}, map[string]*EcosystemInfo{}
	for group := range chunkBy(b.packages, func(x, y packageRef) bool { return x.key == y.key }) {
		var value []byte
		for _, ref := range group {
			data, err := b.entries.read(ref.place)
			if err != nil {
				return err
			}
			value = table.AppendString(value, string(data))
		}
		if err := w.Add(group[0].key, value); err != nil {
			return err
		}
		eco, name, _ := strings.Cut(group[0].key, "\x00")
		byName[name] = append(byName[name], eco)
		if counts[eco] == nil {
			counts[eco] = &EcosystemInfo{Name: eco}
		}
		counts[eco].Packages++
		counts[eco].Entries += len(group)
		b.info.Packages++
	}
	b.packages = nil
	for _, eco := range sortedKeys(counts) {
		b.info.Ecosystems = append(b.info.Ecosystems, *counts[eco])
	}
	if err := w.Start(tableNames); err != nil {
		return err
	}
	for _, name := range sortedKeys(byName) {
		if err := w.Add(name, table.AppendStrings(nil, byName[name])); err != nil {
			return err
		}
	}
	return nil
}

func (b *builder) writeKEV(w *table.Writer) error {
	if err := w.Start(tableKEV); err != nil {
		return err
	}
	for _, cve := range sortedKeys(b.exploited) {
		if err := w.Add(cve, []byte(encodedKEV(b.exploited[cve]))); err != nil {
			return err
		}
	}
	b.info.Exploited = len(b.exploited)
	return nil
}

func (b *builder) writeEPSS(w *table.Writer) error {
	if err := w.Start(tableEPSS); err != nil {
		return err
	}
	for _, cve := range sortedKeys(b.scores) {
		if err := w.Add(cve, encodeEPSS(b.scores[cve])); err != nil {
			return err
		}
	}
	b.info.Scored = len(b.scores)
	return nil
}

func (b *builder) writeAbout(w *table.Writer) error {
	if err := w.Start(tableAbout); err != nil {
		return err
	}
	text, err := json.Marshal(b.info)
	if err != nil {
		return err
	}
	return w.Add(aboutKey, text)
}

func (b *builder) discard() error { return errors.Join(b.records.discard(), b.entries.discard()) }

// packageKey is the key of the packages table.
func packageKey(eco, name string) string {
	return ecosystem.Key(eco) + "\x00" + ecosystem.Name(eco, name)
}
