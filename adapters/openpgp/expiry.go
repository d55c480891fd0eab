// SPDX-License-Identifier: EUPL-1.2

package openpgp

import (
	"slices"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/packet"
	openpgp "github.com/ProtonMail/go-crypto/openpgp/v2"

	"github.com/seinhuis/seinhuis/gateway"
)

// partyKeys registers a key that is sound now, for each use until the moment on
// which the key no longer serves it: what the register calls valid can be used.
func partyKeys(public gateway.OpenPGPKey, at time.Time) ([]gateway.PartyKey, error) {
	e, err := readEntity(public) // anew: the library remembers what it judged at another moment
	if err != nil {
		return nil, err
	}
	moment := at
	if made := e.PrimaryKey.CreationTime; made.After(at) {
		moment = made // within skew, see sound
	}
	k := gateway.PartyKey{ID: fingerprint(e), Use: gateway.KeySign, Algorithm: gateway.AlgOpenPGP, Public: public, From: at}
	enc := k
	enc.Use = gateway.KeyEncrypt
	for _, t := range turns(e) {
		after := t.Add(time.Second) // the library counts whole seconds, the last included
		if !after.After(moment) {
			continue
		}
		if _, ok := e.SigningKey(after, profile(after)); !ok && k.Until.IsZero() {
			k.Until = t
		}
		if _, ok := e.EncryptionKey(after, profile(after)); !ok && enc.Until.IsZero() {
			enc.Until = t
		}
	}
	return []gateway.PartyKey{k, enc}, nil
}

// turns gives, in order, every moment on which the key may change: on which it,
// a subkey or a signature in it begins or ends. A later signature may shorten a
// key, and when one ends an earlier one counts again.
func turns(e *openpgp.Entity) []time.Time {
	var all []time.Time
	add := func(key *packet.PublicKey, lists ...[]*packet.VerifiableSignature) {
		for _, s := range slices.Concat(lists...) {
			all = append(all, s.Packet.CreationTime.UTC())
			all = appendEnd(all, key.CreationTime, s.Packet.KeyLifetimeSecs)
			all = appendEnd(all, s.Packet.CreationTime, s.Packet.SigLifetimeSecs)
			if back := s.Packet.EmbeddedSignature; back != nil {
				all = appendEnd(all, back.CreationTime, back.SigLifetimeSecs)
			}
		}
	}
	add(e.PrimaryKey, e.DirectSignatures, e.Revocations)
	for _, i := range e.Identities {
		add(e.PrimaryKey, i.SelfCertifications, i.Revocations)
	}
	for _, s := range e.Subkeys {
		add(s.PublicKey, s.Bindings, s.Revocations)
	}
	slices.SortFunc(all, time.Time.Compare)
	return slices.CompactFunc(all, time.Time.Equal)
}

// appendEnd adds the end of what lives for some seconds; none or zero is for ever.
func appendEnd(all []time.Time, made time.Time, life *uint32) []time.Time {
	if life == nil || *life == 0 {
		return all
	}
	return append(all, made.Add(time.Duration(*life)*time.Second).UTC())
}
