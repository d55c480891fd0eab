// SPDX-License-Identifier: EUPL-1.2

package client

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit/proof"
)

// Evidence is a receipt again, with what the audit log says of it.
type Evidence struct {
	Receipt Receipt
	// Published: the log's entry of this receipt is under a signed checkpoint.
	// While false, ask again later.
	Published bool
	// Proven: the entry was verified to be in the log under a checkpoint signed
	// by one of Config.LogKeys. Only ever true when Published and LogKeys are.
	Proven bool
	// Document is the answer itself: keep it, seincheck verifies it offline.
	Document []byte
}

// Proof fetches the evidence of a report and verifies all that it can: always
// the receipt, the log's entry once it is published, and the inclusion of that
// entry when the configuration holds the log's key.
func (c *Client) Proof(ctx context.Context, id gateway.ReportID) (Evidence, error) {
	if _, err := gateway.ParseUUID(string(id)); err != nil {
		return Evidence{}, fmt.Errorf("%w: meldingId: %w", ErrInput, err)
	}
	a, err := c.do(ctx, call{method: http.MethodGet, path: "/v1/meldingen/" + string(id) + "/bewijs", accept: mediaJSON, limit: maxAnswer})
	if err != nil {
		return Evidence{}, err
	}
	doc, err := proof.ParseEvidence(a.body)
	if err != nil {
		return Evidence{}, fmt.Errorf("%w: %w", ErrUnexpected, err)
	}
	r, err := c.openReceipt(ctx, []byte(doc.Receipt), expected{typ: gateway.TypeReceipt, about: AboutReport, report: id})
	if err != nil {
		return Evidence{}, err
	}
	e := Evidence{Receipt: r, Published: doc.Status == proof.StatusPublished, Document: a.body}
	if !e.Published {
		return e, nil
	}
	if err := sameEntry(doc); err != nil {
		return Evidence{}, err
	}
	if e.Proven, err = c.included(ctx, doc); err != nil {
		return Evidence{}, err
	}
	return e, nil
}

// sameEntry checks that the entry in the document is the one of its receipt.
func sameEntry(doc proof.Evidence) error {
	leaf, err := base64.StdEncoding.Strict().DecodeString(doc.Leaf)
	if err != nil {
		return unverified("entry of the log is not base64")
	}
	entry, err := proof.Decode(leaf)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrUnverified, err)
	}
	if entry.Receipt != proof.ReceiptDigest(doc.Receipt) {
		return unverified("entry of the log is about another receipt")
	}
	return nil
}

// included verifies the proof of inclusion, when we know the log's key.
func (c *Client) included(ctx context.Context, doc proof.Evidence) (bool, error) {
	if len(c.config.LogKeys) == 0 {
		return false, nil
	}
	known, err := proof.Verifiers(c.config.LogKeys...)
	if err != nil {
		return false, fmt.Errorf("client: log key: %w", err)
	}
	set, err := c.published(ctx, keysFresh)
	if err != nil {
		return false, err
	}
	keys, err := proof.ParseKeySet(set.document)
	if err != nil {
		return false, fmt.Errorf("%w: %w", ErrUnexpected, err)
	}
	if _, err := doc.Verify(keys, known); err != nil && !errors.Is(err, proof.ErrPending) {
		return false, fmt.Errorf("%w: %w", ErrUnverified, err)
	}
	return true, nil
}
