// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/keys"
)

// forgetTokens is the flag that lets a version of the blinding key go although
// something rests on it.
const forgetTokens = "forget-tokens"

const forgetTokensUsage = "let a blinding key go although tokens or objections rest on it: they are not recognised any more"

// blindingVersion reads the version out of a key id; 0 of another key.
func blindingVersion(kid string) uint32 {
	text, ok := strings.CutPrefix(kid, string(keys.SubjectBlinding)+".")
	n, err := strconv.ParseUint(text, 10, 32)
	if !ok || err != nil {
		return 0
	}
	return uint32(n)
}

// droppedByRotation is the version of the blinding key that a rotation takes
// away: the older of two; 0 when there is one.
func droppedByRotation(entries []keys.Entry) (version uint32) {
	live := 0
	for _, e := range entries {
		if v := blindingVersion(e.KID); v != 0 {
			if live++; version == 0 || v < version {
				version = v
			}
		}
	}
	if live < 2 {
		return 0
	}
	return version
}

// stillNeeded refuses to let a version of the blinding key go while live
// objections rest on it, which would stop blocking without a word, or stored
// tokens, which rights and matching would find no more. It is called inside the
// write transaction of the change, so that nothing comes in between.
func (b *books) stillNeeded(ctx context.Context, version uint32, forget bool) error {
	if version == 0 || forget {
		return nil
	}
	objections, trails, err := b.truth.Rights.Resting(ctx, version, gateway.Today(b.now))
	if err != nil {
		return err
	}
	if objections == 0 && !trails {
		return nil
	}
	stored := "no stored tokens"
	if trails {
		stored = "stored tokens of reports"
	}
	return fmt.Errorf("%s.%d cannot go yet: %d objections and %s rest on it and would not be recognised any more; wait until their terms end or renew the objections, or say --%s",
		keys.SubjectBlinding, version, objections, stored, forgetTokens)
}
