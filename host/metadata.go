package host

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"
)

// metadataAddress is the instance metadata service of EC2, on a link-local address.
const metadataAddress = "http://169.254.169.254"

// metadataTime bounds one request, maxMetadata an answer in bytes.
const (
	metadataTime = time.Second
	maxMetadata  = 4096
)

// metadataTags are the tags that are asked for, where the instance gives tags: they name the group that it belongs to.
var metadataTags = []string{"Name", "aws:autoscaling:groupName", "eks:cluster-name", "eks:nodegroup-name"}

// Metadata asks the instance metadata service for the instance's id, its image's id, those tags, and whether it answers
// without a session token. Nothing else is asked: neither user data nor credentials.
type Metadata struct {
	client  *http.Client
	address string
}

// NewMetadata makes a client that goes through no proxy and follows no redirect. The empty address is that of EC2.
func NewMetadata(address string) *Metadata {
	if address == "" {
		address = metadataAddress
	}
	return &Metadata{address: address, client: &http.Client{
		Timeout:       metadataTime,
		Transport:     &http.Transport{Proxy: nil, DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

func (m *machine) metadata() IMDS {
	if m.opts.Metadata == nil {
		return IMDS{Tokens: Fact{Unknown, "The instance metadata service was not asked (--imds does).", ""}, HopLimit: string(Unknown)}
	}
	q := m.opts.Metadata
	out := IMDS{Asked: true, HopLimit: string(Unknown), tags: map[string]string{}}
	token, status, err := q.do(m.ctx, http.MethodPut, "/latest/api/token", "")
	if err != nil || status != http.StatusOK {
		m.miss(itemMetadata, q.address, "no session token was given: there is no such service here, it is turned off, or the answer may not travel this far (hop limit)")
		token = ""
	} else if m.insideContainer() {
		out.HopLimit = "at least 2"
	}
	_, status, err = q.do(m.ctx, http.MethodGet, "/latest/meta-data/instance-id", "")
	source := q.address + "/latest/meta-data/"
	switch {
	case err != nil:
		out.Tokens = Fact{Unknown, "The service did not answer.", source}
	case status == http.StatusOK:
		out.Tokens = Fact{No, "The service answers without a session token (IMDSv1).", source}
	case status == http.StatusUnauthorized && token != "":
		out.Tokens = Fact{Yes, "The service refuses requests without a session token.", source}
	default:
		out.Tokens = Fact{Unknown, "The service answers with " + http.StatusText(status) + ".", source}
	}
	out.instanceID, out.ImageID = q.get(m.ctx, "instance-id", token), q.get(m.ctx, "ami-id", token)
	for _, tag := range metadataTags {
		if v := q.get(m.ctx, "tags/instance/"+tag, token); v != "" {
			out.tags[tag] = v
		}
	}
	if len(out.tags) == 0 {
		out.tags = nil
	}
	return out
}

// get reads one entry; empty when the service does not have it.
func (q *Metadata) get(ctx context.Context, entry, token string) string {
	text, status, err := q.do(ctx, http.MethodGet, "/latest/meta-data/"+entry, token)
	if err != nil || status != http.StatusOK {
		return ""
	}
	return clean(strings.TrimSpace(text))
}

func (q *Metadata) do(ctx context.Context, method, path, token string) (string, int, error) {
	req, err := http.NewRequestWithContext(ctx, method, q.address+path, nil)
	if err != nil {
		return "", 0, err
	}
	if method == http.MethodPut {
		req.Header.Set("X-aws-ec2-metadata-token-ttl-seconds", "60")
	}
	if token != "" {
		req.Header.Set("X-aws-ec2-metadata-token", token)
	}
	res, err := q.client.Do(req)
	if err != nil {
		return "", 0, err
	}
	defer res.Body.Close()
	data, err := io.ReadAll(io.LimitReader(res.Body, maxMetadata+1))
	if err == nil && len(data) > maxMetadata {
		err = errors.New("the answer is longer than the limit maxMetadata")
	}
	return string(data), res.StatusCode, err
}
