package rulefile

import (
	"io"
	"io/fs"
	"os"
	"strings"
)

// ReadBounded reads a regular file, one byte more than Root accepts at most, so that Root says what is too large.
func ReadBounded(root *os.Root, name string) (string, error) {
	info, err := root.Stat(name)
	if err != nil {
		return "", err
	}
	if !info.Mode().IsRegular() {
		return "", &fs.PathError{Op: "read", Path: name, Err: fs.ErrInvalid}
	}
	f, err := root.Open(name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	var b strings.Builder
	_, err = io.Copy(&b, io.LimitReader(f, MaxFile+1))
	return b.String(), err
}
