// SPDX-License-Identifier: EUPL-1.2

package openpgp

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/ProtonMail/go-crypto/openpgp/armor"

	"github.com/seinhuis/seinhuis/gateway"
)

// flood gives its text again and again, as much as is wanted.
type flood struct {
	text string
	left int // bytes
	rest string
	stop func() // called at each read
}

func (f *flood) Read(p []byte) (int, error) {
	if f.stop != nil {
		f.stop()
	}
	if f.left <= 0 {
		return 0, io.EOF
	}
	if f.rest == "" {
		f.rest = strings.Repeat(f.text, 1+4096/len(f.text))
	}
	n := copy(p[:min(len(p), f.left)], f.rest)
	f.rest, f.left = f.rest[n:], f.left-n
	return n, nil
}

// What stands before the content is refused after a few pieces, not read on.
func TestFloods(t *testing.T) {
	s, begin := newScene(t, noon), armorBegin+"\n"
	const size = 16 << 20
	for name, c := range map[string]struct{ head, text string }{
		"one header line": {begin + "Comment: ", "a"},
		"first line":      {armorBegin, " "},
		"headers":         {begin, "a: b\n"},
		"no header":       {begin, "a\n"},
		"markers":         {"", "\xca\x03PGP"},
	} {
		in := &flood{text: c.text, left: size}
		_, err := NewOpener(s.ring).OpenFile(t.Context(), s.party, noon, io.MultiReader(strings.NewReader(c.head), in))
		if code := refusal(t, err); code != gateway.CodeUndecryptable {
			t.Errorf("%s: %s", name, code)
		}
		if read := size - in.left; read > 2*piece {
			t.Errorf("%s: refused after %d bytes", name, read)
		}
	}
}

func TestArmorHeaders(t *testing.T) {
	s, plain := newScene(t, noon), lines(300)
	sealed := s.seal(t, plain, noon)
	for n, ok := range map[int]bool{0: true, maxArmorHeaders: true, maxArmorHeaders + 1: false} {
		headers := map[string]string{}
		for i := range n {
			headers[fmt.Sprint("Comment", i)] = "x"
		}
		var b bytes.Buffer
		w, err := armor.Encode(&b, "PGP MESSAGE", headers)
		must(t, err)
		for _, text := range []string{"\n", "\r\n"} {
			if got, err := s.open([]byte(strings.ReplaceAll(string(closed(t, &b, w, sealed)), "\n", text)), noon); (err == nil && bytes.Equal(got, plain)) != ok {
				t.Errorf("%d headers: %v", n, err)
			}
			b.Reset()
			w, err = armor.Encode(&b, "PGP MESSAGE", headers)
			must(t, err)
		}
	}
	for n, ok := range map[int]bool{maxMarkers: true, maxMarkers + 1: false} {
		if _, err := s.open(append(bytes.Repeat([]byte("\xca\x03PGP"), n), sealed...), noon); (err == nil) != ok {
			t.Errorf("%d markers: %v", n, err)
		}
	}
}

// One step of the library may read without end; the context ends it.
func TestContextEndsAStep(t *testing.T) {
	s := newScene(t, noon)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	in := &flood{text: "\n", left: 16 << 20, stop: cancel}
	_, err := NewOpener(s.ring).OpenFile(ctx, s.party, noon, io.MultiReader(strings.NewReader(armorBegin+"\n\n"), in))
	var e *gateway.Error
	if !errors.As(err, &e) || e.Kind != gateway.KindUnavailable || !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	if in.left < 15<<20 {
		t.Errorf("reads on to %d", in.left)
	}
}
