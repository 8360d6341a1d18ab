package vulndb_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/onus-dev/onus/vulndb"
)

func server(t *testing.T) *httptest.Server {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("/data/all.zip", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Last-Modified", "Fri, 20 Nov 2099 10:00:00 GMT")
		_, _ = w.Write([]byte("0123456789"))
	})
	mux.HandleFunc("/data/short.zip", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		_, _ = w.Write([]byte("0123456789"))
	})
	mux.HandleFunc("/data/endless.zip", func(w http.ResponseWriter, _ *http.Request) {
		for range 200 {
			if _, err := w.Write([]byte(strings.Repeat("x", 1000))); err != nil {
				return
			}
			w.(http.Flusher).Flush()
		}
	})
	mux.HandleFunc("/loop.zip", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/loop.zip", http.StatusFound) })
	mux.HandleFunc("/moved.zip", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/data/all.zip", http.StatusFound) })
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s
}

func TestUpdate(t *testing.T) {
	t.Parallel()
	s := server(t)
	dir := t.TempDir()
	old := write(t, dir, "all.zip", "old")
	for _, c := range []struct{ address, want string }{
		{s.URL + "/data/short.zip", "ended after"}, {s.URL + "/data/endless.zip", "limit of 1000 bytes"}, {s.URL + "/none/all.zip?token=s3cret", "404"}, {s.URL + "/loop.zip", "redirects"},
		{s.URL, "names no file"}, {s.URL + "/data/", "404"}, {s.URL + "/a/..", "names no file"}, {s.URL + "/.hidden", "names no file"},
		{"file:///etc/hosts", "http://"}, {"ftp://example.org/x", "http://"}, {"all.zip", "http://"}, {"http://[::1", "http://"},
	} {
		got, err := vulndb.Update(context.Background(), nil, c.address, dir, 1000)
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s: %+v, %v, want %q", c.address, got, err, c.want)
		}
	}
	if data, err := os.ReadFile(old); err != nil || string(data) != "old" {
		t.Errorf("a failed download touched the old file: %q %v", data, err)
	}
	got, err := vulndb.Update(context.Background(), s.Client(), s.URL+"/moved.zip", dir, 0)
	if err != nil || got.Bytes != 10 || got.Modified != "2099-11-20" || got.Path != filepath.Join(dir, "moved.zip") {
		t.Errorf("%+v %v", got, err)
	}
	if _, err := vulndb.Update(context.Background(), nil, s.URL+"/data/all.zip", dir, 10); err != nil {
		t.Error(err)
	}
	data, err := os.ReadFile(old)
	left, err2 := os.ReadDir(dir)
	if err != nil || err2 != nil || string(data) != "0123456789" || len(left) != 2 {
		t.Errorf("%q %v; in the directory: %v", data, err, left)
	}
	ctx, stop := context.WithCancel(context.Background())
	stop()
	if _, err := vulndb.Update(ctx, nil, s.URL+"/data/all.zip", dir, 0); !errors.Is(err, context.Canceled) {
		t.Errorf("a call that was stopped: %v", err)
	}
}

// TestUpdateKeepsEncryption follows a redirect from https to http.
func TestUpdateKeepsEncryption(t *testing.T) {
	t.Parallel()
	plain := server(t)
	secure := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, plain.URL+"/data/all.zip", http.StatusFound)
	}))
	t.Cleanup(secure.Close)
	if got, err := vulndb.Update(context.Background(), secure.Client(), secure.URL+"/all.zip", t.TempDir(), 0); err == nil || !strings.Contains(err.Error(), "from https to http") {
		t.Errorf("%+v %v", got, err)
	}
}
