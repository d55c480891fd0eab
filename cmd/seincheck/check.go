// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/seinhuis/seinhuis/gateway/audit/proof"
)

// checkLog verifies a whole log, and with old that it extends an earlier checkpoint. Each may be nil.
func checkLog(path string, old []byte, o options, each func(int64, []byte) error) (out outcome, err error) {
	src, err := openSource(path)
	if err != nil {
		return outcome{}, err
	}
	defer func() { err = errors.Join(err, src.Close()) }()
	keys, inside, err := logKeys(o, src)
	if err != nil {
		return outcome{}, err
	}
	known, err := proof.Verifiers(keys...)
	if err != nil {
		return outcome{}, err
	}
	r, err := proof.Verify(context.Background(), src, proof.Options{Verifiers: known, Origin: o.origin, Witnesses: o.witness, Previous: old, First: o.since, Each: each})
	if err != nil {
		return outcome{}, err
	}
	return outcome{OK: r.OK(), Log: &r, KeyFromLog: inside, compared: old != nil}, nil
}

// checkReceipt verifies a receipt, and its entry in the log by the proof that comes with it or by looking through a log.
func checkReceipt(path string, o options) (outcome, error) {
	if o.jwks == "" {
		return outcome{}, fmt.Errorf("a receipt needs --keys; %w", errUsage)
	}
	doc, err := readSmall(o.jwks)
	if err != nil {
		return outcome{}, err
	}
	keys, err := proof.ParseKeySet(doc)
	if err != nil {
		return outcome{}, err
	}
	data, err := readSmall(path)
	if err != nil {
		return outcome{}, err
	}
	evidence := proof.Evidence{Receipt: strings.TrimSpace(string(data)), Status: proof.StatusPending}
	if bytes.HasPrefix(bytes.TrimSpace(data), []byte("{")) {
		if evidence, err = proof.ParseEvidence(data); err != nil {
			return failed(err), nil
		}
	}
	out, err := checkEvidence(evidence, keys, o)
	if err != nil || !out.OK || o.log == "" {
		return out, err
	}
	return findEntry(out, o)
}

// checkEvidence verifies the signature, and the proof when there is one.
func checkEvidence(e proof.Evidence, keys proof.KeySet, o options) (outcome, error) {
	if e.Status == proof.StatusPending {
		r, err := keys.Open(e.Receipt)
		if err != nil {
			return failed(err), nil
		}
		return outcome{OK: true, Receipt: newReceipt(r)}, nil
	}
	list, _, err := logKeys(o, nil)
	if err != nil {
		return outcome{}, err
	}
	known, err := proof.Verifiers(list...)
	if err != nil {
		return outcome{}, err
	}
	rec, err := e.Verify(keys, known)
	if err == nil && o.origin != "" && rec.Checkpoint.Origin != o.origin {
		err = errors.New("the proof is of another log than --origin names")
	}
	if err != nil {
		out := failed(err)
		if rec.Receipt.Digest != "" { // the signature held; what follows it did not
			out.Receipt = newReceipt(rec.Receipt)
		}
		return out, nil
	}
	out := outcome{OK: true, Receipt: newReceipt(rec.Receipt)}
	out.Receipt.record(rec.Index, rec.Checkpoint.Tree.N, rec.Checkpoint.Origin, rec.Entry)
	return out, nil
}

// findEntry looks through a log for the entry of a receipt, and verifies the log on the way.
func findEntry(out outcome, o options) (outcome, error) {
	found := false
	var at int64
	var entry proof.Entry
	log, err := checkLog(o.log, nil, o, func(i int64, leaf []byte) error {
		if e, err := proof.Decode(leaf); err == nil && !found && e.Receipt == out.Receipt.Digest {
			found, at, entry = true, i, e
		}
		return nil
	})
	if err != nil {
		return outcome{}, err
	}
	log.Receipt = out.Receipt
	switch {
	case !log.OK:
	case !found:
		log.OK, log.Reason = false, "no entry of the log names this receipt"
	default:
		log.Receipt.record(at, log.Log.Size, log.Log.Origin, entry)
	}
	return log, nil
}

// checkDeletion verifies a deletion receipt as checkReceipt does, and then what it says: its claims, the entry that goes with it,
// and that each object asked for is among those that were erased.
func checkDeletion(path string, o options) (outcome, error) {
	out, err := checkReceipt(path, o)
	if err != nil || !out.OK {
		return out, err
	}
	d, err := proof.ParseDeletion(out.Receipt.verified)
	if err != nil {
		out.OK, out.Reason = false, err.Error()
		return out, nil
	}
	out.Deletion = &deletion{Kind: d.Kind, Reason: d.Reason, Count: d.Count, ErasedAt: d.ErasedAt, Objects: []object{}}
	if out.Receipt.Recorded && !d.Recorded(*out.Receipt.Entry) {
		out.OK, out.Reason = false, "the entry of the log is not that of this deletion"
	}
	for _, name := range o.objects {
		erased := d.Names(name)
		out.Deletion.Objects = append(out.Deletion.Objects, object{name, erased})
		if !erased {
			out.OK, out.Reason = false, "an object that was asked for is not among those that were erased"
		}
	}
	return out, nil
}

// failed is the outcome for what did not verify.
func failed(err error) outcome { return outcome{Reason: err.Error()} }
