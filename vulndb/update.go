package vulndb

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"
)

// Bounds of a download.
const (
	MaxDownload  = 8 << 30 // bytes
	maxRedirects = 5
)

// ErrAddress is returned for an address that is none of http or https.
var ErrAddress = errors.New("an address that begins with https:// or http:// was expected")

// Downloaded is what Update got.
type Downloaded struct {
	// Path is the file that was written, Bytes its length.
	Path  string
	Bytes int64
	// Modified is the server's date of the data (Last-Modified), YYYY-MM-DD; "" when it gives none.
	Modified string
}

// Update downloads one address to a file in the directory, named after the last part of the address, and puts it in
// place only when it is whole: a broken download leaves the old file. It is the only function here that uses the network.
// client may be nil for one with the timeouts of this package. The error names the address without its query and user,
// which may hold a secret.
func Update(ctx context.Context, client *http.Client, address, dir string, limit int64) (Downloaded, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return Downloaded{}, ErrAddress
	}
	name := path.Base(path.Clean("/" + u.Path))
	if name == "/" || name == "." || strings.HasPrefix(name, ".") {
		return Downloaded{}, fmt.Errorf("%s names no file; the address of a file was expected", plain(u))
	}
	if limit <= 0 || limit > MaxDownload {
		limit = MaxDownload
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return Downloaded{}, ErrAddress
	}
	answer, err := limitedClient(client).Do(request)
	if err != nil {
		return Downloaded{}, fmt.Errorf("%s could not be asked: %w", plain(u), cause(err))
	}
	defer answer.Body.Close()
	switch {
	case answer.StatusCode != http.StatusOK:
		return Downloaded{}, fmt.Errorf("%s answered %s", plain(u), answer.Status)
	case answer.ContentLength > limit:
		return Downloaded{}, fmt.Errorf("%s has %d bytes, more than the limit of %d", plain(u), answer.ContentLength, limit)
	}
	out := Downloaded{Path: filepath.Join(dir, name)}
	if t, err := http.ParseTime(answer.Header.Get("Last-Modified")); err == nil {
		out.Modified = t.UTC().Format(time.DateOnly)
	}
	out.Bytes, err = save(answer.Body, out.Path, limit)
	if err != nil {
		return Downloaded{}, fmt.Errorf("%s: %w", plain(u), cause(err))
	}
	return out, nil
}

// save writes to a temporary file and renames it when it is whole.
func save(in io.Reader, target string, limit int64) (n int64, err error) {
	f, err := os.CreateTemp(filepath.Dir(target), ".download-*.tmp")
	if err != nil {
		return 0, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, removeIfThere(f.Name()))
		}
	}()
	n, err = io.Copy(f, io.LimitReader(in, limit+1))
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		err = fmt.Errorf("the download ended after %d bytes", n)
	case err != nil:
	case n > limit:
		err = fmt.Errorf("it has more than the limit of %d bytes", limit)
	default:
		err = errors.Join(f.Chmod(0o644), f.Sync())
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return 0, err
	}
	return n, os.Rename(f.Name(), target)
}

// limitedClient returns a copy of the client that follows few redirects, and none from https to http.
func limitedClient(client *http.Client) *http.Client {
	var c http.Client
	if client != nil {
		c = *client
	} else {
		c = http.Client{Transport: &http.Transport{
			Proxy: http.ProxyFromEnvironment, TLSHandshakeTimeout: 15 * time.Second, ResponseHeaderTimeout: time.Minute, ForceAttemptHTTP2: true,
		}}
	}
	c.CheckRedirect = func(next *http.Request, via []*http.Request) error {
		switch {
		case len(via) >= maxRedirects:
			return fmt.Errorf("more than the limit of %d redirects", maxRedirects)
		case next.URL.Scheme != "https" && next.URL.Scheme != via[0].URL.Scheme:
			return fmt.Errorf("it leads from %s to %s", via[0].URL.Scheme, next.URL.Scheme)
		}
		return nil
	}
	return &c
}

// plain returns an address without what may be secret in it.
func plain(u *url.URL) string {
	return (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}).String()
}

// cause takes off net/http's wrapping, which repeats the whole address.
func cause(err error) error {
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		return wrapped.Err
	}
	return err
}
