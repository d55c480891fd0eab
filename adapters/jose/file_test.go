// SPDX-License-Identifier: EUPL-1.2

package jose

import (
	"bytes"
	"context"
	"errors"
	"io"
	"testing"
	"testing/iotest"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/batch"
)

func openFile(o *FileOpener, p gateway.Party, at time.Time, token io.Reader) ([]byte, *gateway.Error) {
	r, err := o.OpenFile(context.Background(), p, at, token)
	if err != nil {
		return nil, gateway.AsError(err)
	}
	return must(io.ReadAll(r)), nil
}

func TestFileIsOpened(t *testing.T) {
	w := theWorld()
	o := NewFileOpener(w.store, Limits{})
	file := bytes.Repeat(append(bytes.Clone(payload), '\n'), 20_000) // larger than a single report may be
	for _, alg := range []string{algES256, algEdDSA, algPS256} {
		token := must(Wrap(file, w.sign[alg], w.open[algECDHES].Public()))
		got, refused := openFile(o, w.party(), now, iotest.HalfReader(bytes.NewReader(token)))
		if refused != nil || !bytes.Equal(got, file) {
			t.Errorf("%s: %d bytes, %v", alg, len(got), refused)
		}
	}
}

func TestFileIsRefused(t *testing.T) {
	w := theWorld()
	good := must(Wrap(payload, w.sign[algES256], w.open[algECDHES].Public()))
	flipped := bytes.Clone(good)
	if at := len(flipped) - 5; flipped[at] != 'A' { // a letter in the tag
		flipped[at] = 'A'
	} else {
		flipped[at] = 'B'
	}
	proof := must(encrypt(must(SignPayload(payload, w.sign[algES256], typKeyStatement)), w.open[algECDHES].Public(), typJOSE, typJOSE))
	unsigned := must(encrypt(payload, w.open[algECDHES].Public(), typJOSE, typJOSE))
	big := NewFileOpener(w.store, Limits{})
	for name, c := range map[string]struct {
		opener *FileOpener
		token  []byte
		at     time.Time
		code   gateway.Code
	}{
		"over the limit":         {NewFileOpener(w.store, Limits{Token: len(good) - 1}), good, now, gateway.CodeTooLarge},
		"limit above the most":   {NewFileOpener(w.store, Limits{Token: 1 << 40}), make([]byte, batch.MaxJOSE+1), now, gateway.CodeTooLarge},
		"signed by another":      {big, must(Wrap(payload, w.other, w.open[algECDHES].Public())), now, gateway.CodeKey},
		"before the key":         {big, good, now.Add(-2 * time.Hour), gateway.CodeKey},
		"sealed to another":      {big, must(Wrap(payload, w.sign[algES256], must(NewEncryptionKey(algECDHES)).Public())), now, gateway.CodeKey},
		"bytes flipped":          {big, flipped, now, gateway.CodeUndecryptable},
		"cut":                    {big, good[:len(good)/2], now, gateway.CodeNotCompact},
		"signed only":            {big, must(SignPayload(payload, w.sign[algES256], typJOSE)), now, gateway.CodeNotCompact},
		"encrypted only":         {big, unsigned, now, gateway.CodeNotCompact},
		"a statement about keys": {big, proof, now, gateway.CodeHeader},
		"a line break after it":  {big, append(bytes.Clone(good), '\n'), now, gateway.CodeNotCompact},
	} {
		if got, refused := openFile(c.opener, w.party(), c.at, bytes.NewReader(c.token)); !hasCode(refused, c.code) || got != nil {
			t.Errorf("%s: %v", name, refused)
		}
	}
}

func TestFileIsTriedAgain(t *testing.T) {
	w := theWorld()
	good := must(Wrap(payload, w.sign[algES256], w.open[algECDHES].Public()))
	gone := &store{err: errors.New("vault is sealed")}
	for name, r := range map[string]io.Reader{"keys": bytes.NewReader(good), "disk": iotest.ErrReader(errors.New("read error"))} {
		if _, refused := openFile(NewFileOpener(gone, Limits{}), w.party(), now, r); refused == nil || refused.Kind != gateway.KindUnavailable {
			t.Errorf("%s: %v", name, refused)
		}
	}
}
