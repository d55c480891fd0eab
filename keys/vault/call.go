// SPDX-License-Identifier: EUPL-1.2

package vault

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"

	"github.com/hashicorp/vault/api"

	"github.com/seinhuis/seinhuis/keys"
)

// ErrDenied says that our role may not do a call. Its text names both. The policy of the role is wrong, or the wrong role
// was used: trying again does not help.
var ErrDenied = errors.New("vault denies this to our role")

// maxAnswer is the most we read of one answer: a batch of 400 RSA signatures is a quarter of it.
const maxAnswer = 1 << 20

// refusal is an answer of 400 or 404. The texts are Vault's and are looked at, never shown: they might quote what we sent.
type refusal struct {
	status int
	call   string
	texts  []string
	body   []byte // of a batch in which a member failed
}

func (r *refusal) Error() string { return fmt.Sprintf("vault answers %d to %s", r.status, r.call) }

// says reports whether one of the texts holds the phrase.
func (r *refusal) says(phrase string) bool {
	for _, t := range r.texts {
		if strings.Contains(t, phrase) {
			return true
		}
	}
	return false
}

// refused gives the refusal in an error, if that is what it is.
func refused(err error) (*refusal, bool) {
	var r *refusal
	ok := errors.As(err, &r)
	return r, ok
}

// counted counts every request that goes out, logins and looks at the register too.
type counted struct {
	next http.RoundTripper
	n    atomic.Uint64
}

func (c *counted) RoundTrip(r *http.Request) (*http.Response, error) {
	c.n.Add(1)
	return c.next.RoundTrip(r)
}

// newClient makes a client that takes nothing from the environment, follows no redirect (it would lose the body of a write)
// and tries nothing twice: who calls us knows better whether to try again.
func newClient(c Config, transport http.RoundTripper) (*api.Client, error) {
	client, err := api.NewClient(&api.Config{
		Address: c.Address, HttpClient: &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }},
		DisableRedirects: true,
	})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrConfig, err)
	}
	client.SetMaxRetries(0)
	client.ClearToken()
	client.SetHeaders(http.Header{api.RequestHeaderName: {"true"}})
	if c.Namespace != "" {
		client.SetNamespace(c.Namespace)
	}
	client.SetWrappingLookupFunc(func(string, string) string { return "" })
	return client, nil
}

// read, list, write and remove do one call as our role. in is sent as JSON; the answer goes into out unless that is nil.

func (s *Store) read(ctx context.Context, path string, out any) error {
	return s.call(ctx, "read", path, nil, out)
}

func (s *Store) list(ctx context.Context, path string, out any) error {
	return s.call(ctx, "list", path, nil, out)
}

func (s *Store) write(ctx context.Context, path string, in, out any) error {
	return s.call(ctx, "write", path, in, out)
}

func (s *Store) remove(ctx context.Context, path string) error {
	return s.call(ctx, "delete", path, nil, nil)
}

// call does one call. When Vault does not know our token any more it logs in anew and does it once again.
func (s *Store) call(ctx context.Context, act, path string, in, out any) error {
	var body []byte
	if in != nil {
		var err error
		if body, err = json.Marshal(in); err != nil {
			return fmt.Errorf("encode call: %w", err)
		}
	}
	seen := s.session.seen()
	err := s.once(ctx, act, path, body, out)
	if !errors.Is(err, ErrDenied) || s.session.holds(ctx, seen) {
		return err
	}
	if err := s.session.login(ctx, seen); err != nil {
		return err
	}
	return s.once(ctx, act, path, body, out)
}

func (s *Store) once(ctx context.Context, act, path string, body []byte, out any) error {
	return do(ctx, s.client(), s.config.role(), act, s.config.Mount+"/"+path, body, out)
}

// do does one request and sorts what can happen into the kinds that callers know.
func do(ctx context.Context, client *api.Client, role, act, path string, body []byte, out any) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	limit := callTimeout
	if strings.Contains(path, "/keys/keys/") || strings.HasSuffix(path, "/keys/wrapping_key") {
		limit = makeTimeout
	}
	limited, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	var answer *api.Response
	var err error
	switch logical := client.Logical(); act {
	case "read":
		answer, err = logical.ReadRawWithContext(limited, path)
	case "list":
		answer, err = logical.ReadRawWithDataWithContext(limited, path, map[string][]string{"list": {"true"}})
	case "write":
		answer, err = logical.WriteRawWithContext(limited, path, body)
	case "delete":
		answer, err = logical.DeleteRawWithContext(limited, path)
	}
	var raw []byte
	if answer != nil && answer.Body != nil {
		var cut error
		raw, cut = io.ReadAll(io.LimitReader(answer.Body, maxAnswer))
		_ = answer.Body.Close()
		if err == nil {
			err = cut
		}
	}
	if err != nil || answer.StatusCode >= 300 {
		return sort(ctx, err, answer, role, act+" "+path, raw)
	}
	if out == nil || len(raw) == 0 {
		return nil
	}
	if err := json.Unmarshal(raw, out); err != nil {
		// The decoder's text may quote the answer.
		return fmt.Errorf("the answer to %s %s is not what Vault says it gives: %w", act, path, keys.ErrUnavailable)
	}
	return nil
}

// sort gives the error for an answer that is not a success, or that did not come.
func sort(ctx context.Context, err error, answer *api.Response, role, call string, body []byte) error {
	if cancelled := ctx.Err(); cancelled != nil {
		return cancelled
	}
	var told *api.ResponseError
	switch {
	case errors.As(err, &told):
	case answer != nil && err == nil: // a redirect
		return fmt.Errorf("vault sends us elsewhere (status %d), its address must be that of the active node: %w", answer.StatusCode, keys.ErrUnavailable)
	default:
		return fmt.Errorf("vault is out of reach: %w: %w", keys.ErrUnavailable, err)
	}
	switch told.StatusCode {
	case http.StatusForbidden:
		return fmt.Errorf("%w: %q may not %s", ErrDenied, role, call)
	case http.StatusBadRequest, http.StatusNotFound:
		return &refusal{told.StatusCode, call, told.Errors, body}
	case http.StatusServiceUnavailable:
		return fmt.Errorf("vault is sealed or has no active node: %w", keys.ErrUnavailable)
	default:
		return fmt.Errorf("vault answers %d to %s: %w", told.StatusCode, call, keys.ErrUnavailable)
	}
}
