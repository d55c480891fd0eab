// SPDX-License-Identifier: EUPL-1.2

package s3

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/minio/minio-go/v7"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/mailbox"
)

const (
	maxSpan = 8 << 20 // bytes of one request for several bodies
	maxGap  = 4 << 10 // bytes that are read for nothing rather than asked apart
)

// span is what one ranged request reads: bodies that lie beside each other in one object.
type span struct {
	object   string
	from, to int64 // to is after the last byte
	places   []int
}

// Get implements [mailbox.Bodies].
func (b *Bodies) Get(ctx context.Context, places []mailbox.Place) ([][]byte, error) {
	for _, p := range places {
		if p.Offset < 0 || p.Size < tagSize || p.Offset+p.Size < 0 {
			return nil, lost(p.Object)
		}
	}
	spans := spansOf(places)
	bodies := make([][]byte, len(places))
	err := b.s.each(ctx, len(spans), func(ctx context.Context, n int) error {
		data, err := b.read(ctx, spans[n])
		if err != nil {
			return err
		}
		for _, i := range spans[n].places {
			p := places[i]
			part := data[p.Offset-spans[n].from:][:p.Size]
			if bodies[i], err = bodyCipher(p).Open([]byte{}, zeroNonce(), part, boundTo(p)); err != nil {
				return lost(p.Object)
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return bodies, nil
}

func lost(object string) error {
	return gateway.Fail(gateway.KindInternal, fmt.Errorf("%w: object %q", mailbox.ErrBody, object))
}

// spansOf joins places that lie close together.
func spansOf(places []mailbox.Place) (spans []span) {
	order := make([]int, len(places))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(i, j int) int {
		return cmp.Or(cmp.Compare(places[i].Object, places[j].Object), cmp.Compare(places[i].Offset, places[j].Offset))
	})
	for _, i := range order {
		p := places[i]
		if n := len(spans) - 1; n >= 0 && spans[n].object == p.Object && p.Offset <= spans[n].to+maxGap && p.Offset+p.Size-spans[n].from <= maxSpan {
			spans[n].to = max(spans[n].to, p.Offset+p.Size)
			spans[n].places = append(spans[n].places, i)
			continue
		}
		spans = append(spans, span{p.Object, p.Offset, p.Offset + p.Size, []int{i}})
	}
	return spans
}

// read gets the bytes of a span. An object that is gone or too short is ErrBody; an answer that breaks off is asked again.
func (b *Bodies) read(ctx context.Context, sp span) ([]byte, error) {
	bucket := b.s.c.Bodies
	var broken error
	for range tries {
		var o minio.GetObjectOptions
		if err := o.SetRange(sp.from, sp.to-1); err != nil {
			return nil, lost(sp.object)
		}
		body, info, header, err := b.s.client.GetObject(ctx, bucket, sp.object, o)
		switch {
		case code(err) == codeNoKey || code(err) == codeRange:
			return nil, lost(sp.object)
		case err != nil:
			return nil, b.s.fail("s3:GetObject", bucket, err)
		case header.Get("Content-Range") == "":
			_ = body.Close()
			return nil, gateway.Fail(gateway.KindUnavailable, &refusal{"the store answers with a whole object where a part was asked; its operator must let it serve ranges", nil})
		case info.Size != sp.to-sp.from:
			_ = body.Close()
			return nil, lost(sp.object)
		}
		data, err := readFull(body, info.Size)
		if err == nil {
			return data, nil
		}
		if broken = err; ctx.Err() != nil {
			break
		}
	}
	return nil, b.s.fail("s3:GetObject", bucket, broken)
}
