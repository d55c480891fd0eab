// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"errors"

	"github.com/seinhuis/seinhuis/gateway/audit/proof"
)

// checkBundle verifies a bundle of proof, and with --since-checkpoint that the log only grew since that checkpoint.
func checkBundle(path string, o options) (out outcome, err error) {
	var old []byte
	if o.earlier != "" {
		if old, err = readSmall(o.earlier); err != nil {
			return outcome{}, err
		}
	}
	src, err := openSource(path)
	if err != nil {
		return outcome{}, err
	}
	defer func() { err = errors.Join(err, src.Close()) }()
	keys, _, err := logKeys(o, nil) // a bundle carries no key
	if err != nil {
		return outcome{}, err
	}
	known, err := proof.Verifiers(keys...)
	if err != nil {
		return outcome{}, err
	}
	r, err := proof.VerifyBundle(context.Background(), src, proof.Options{Verifiers: known, Origin: o.origin, Witnesses: o.witness, Previous: old})
	if err != nil {
		return outcome{}, err
	}
	return outcome{OK: r.OK(), Log: &r, Bundle: true, compared: old != nil}, nil
}

// checkEntry verifies the proof of one entry.
func checkEntry(path string, o options) (outcome, error) {
	data, err := readSmall(path)
	if err != nil {
		return outcome{}, err
	}
	keys, _, err := logKeys(o, nil)
	if err != nil {
		return outcome{}, err
	}
	known, err := proof.Verifiers(keys...)
	if err != nil {
		return outcome{}, err
	}
	doc, err := proof.ParseEntryProof(data)
	if err != nil {
		return failed(err), nil
	}
	r, err := doc.Verify(known)
	if err == nil && o.origin != "" && r.Checkpoint.Origin != o.origin {
		err = errors.New("the proof is of another log than --origin names")
	}
	if err != nil {
		return failed(err), nil
	}
	return outcome{OK: true, Entry: &entry{r.Index + 1, r.Checkpoint.Tree.N, r.Checkpoint.Origin, r.Entry}}, nil
}
