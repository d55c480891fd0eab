// SPDX-License-Identifier: EUPL-1.2

package gatewaytest

import (
	"context"
	"slices"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/request"
)

type memoryRequests struct{ m *Memory }

// Requests fills request.Store.
func (r memoryRequests) Requests(_ context.Context, closedToo bool) ([]request.Request, error) {
	s, err := r.m.read()
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(slices.Clone(s.requests), func(r request.Request) bool { return !closedToo && !r.Open() }), nil
}

// WriteRequests fills request.Store.
func (r memoryRequests) WriteRequests(ctx context.Context, fn func(request.Tx) error) error {
	return r.m.write(ctx, func(t *memoryTx) error { return fn(t) })
}

// Request fills request.Tx.
func (t *memoryTx) Request(id gateway.UUID) (request.Request, error) {
	if i := t.s.request(id); i >= 0 {
		return t.s.requests[i], nil
	}
	return request.Request{}, nil
}

// PutRequest fills request.Tx.
func (t *memoryTx) PutRequest(r request.Request) error {
	t.s.requests = slices.Clone(t.s.requests)
	t.s.keepRequest(r)
	if i := t.s.request(r.ID); i >= 0 {
		t.s.requests[i] = r
		return nil
	}
	t.s.requests = append(t.s.requests, r)
	return nil
}

func (s *state) request(id gateway.UUID) int {
	return slices.IndexFunc(s.requests, func(r request.Request) bool { return r.ID == id })
}
