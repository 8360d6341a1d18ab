package terraform

import (
	"errors"
	"fmt"
	"math/big"
	"net/netip"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
)

// maxSubnets bounds the results of cidrsubnets.
const maxSubnets = 4096

func networkFunctions() functionTable {
	str, num := function.Parameter{Name: "prefix", Type: cty.String}, function.Parameter{Name: "num", Type: cty.Number}
	return functionTable{
		"cidrhost": function.New(&function.Spec{
			Params: []function.Parameter{str, num}, Type: function.StaticReturnType(cty.String), Impl: cidrHost,
		}),
		"cidrnetmask": function.New(&function.Spec{
			Params: []function.Parameter{str}, Type: function.StaticReturnType(cty.String), Impl: cidrNetmask,
		}),
		"cidrsubnet": function.New(&function.Spec{
			Params: []function.Parameter{str, num, num}, Type: function.StaticReturnType(cty.String), Impl: cidrSubnet,
		}),
		"cidrsubnets": function.New(&function.Spec{
			Params: []function.Parameter{str}, VarParam: &num, Type: function.StaticReturnType(cty.List(cty.String)), Impl: cidrSubnets,
		}),
	}
}

func toInt(v cty.Value) *big.Int {
	n, _ := v.AsBigFloat().Int(nil)
	return n
}

// offset adds n to the first address of a prefix.
func offset(p netip.Prefix, n *big.Int) (netip.Addr, error) {
	raw := p.Masked().Addr().AsSlice()
	sum := new(big.Int).Add(new(big.Int).SetBytes(raw), n)
	if sum.Sign() < 0 || sum.BitLen() > len(raw)*8 {
		return netip.Addr{}, errors.New("the address lies outside the prefix")
	}
	addr, _ := netip.AddrFromSlice(sum.FillBytes(make([]byte, len(raw))))
	return addr, nil
}

func cidrHost(args []cty.Value, _ cty.Type) (cty.Value, error) {
	p, err := netip.ParsePrefix(args[0].AsString())
	if err != nil {
		return cty.NilVal, err
	}
	n := toInt(args[1])
	if n.Sign() < 0 {
		n.Add(n, new(big.Int).Lsh(big.NewInt(1), uint(p.Addr().BitLen()-p.Bits())))
	}
	addr, err := offset(p, n)
	if err == nil && !p.Masked().Contains(addr) {
		err = errors.New("the prefix does not hold that many hosts")
	}
	if err != nil {
		return cty.NilVal, err
	}
	return cty.StringVal(addr.String()), nil
}

func cidrNetmask(args []cty.Value, _ cty.Type) (cty.Value, error) {
	p, err := netip.ParsePrefix(args[0].AsString())
	if err != nil || !p.Addr().Is4() {
		return cty.NilVal, errors.Join(err, errors.New("an IPv4 prefix is needed"))
	}
	mask := uint32(0xffffffff) << (32 - p.Bits())
	return cty.StringVal(fmt.Sprintf("%d.%d.%d.%d", mask>>24, mask>>16&255, mask>>8&255, mask&255)), nil
}

// subnet is the n-th prefix that is newBits longer.
func subnet(p netip.Prefix, newBits int, n *big.Int) (netip.Prefix, error) {
	bits := p.Bits() + newBits
	if newBits < 0 || bits > p.Addr().BitLen() {
		return netip.Prefix{}, fmt.Errorf("no room for %d more bits in %s", newBits, p)
	}
	if n.Sign() < 0 || n.BitLen() > newBits {
		return netip.Prefix{}, fmt.Errorf("%s has no subnet number %s with %d more bits", p, n, newBits)
	}
	addr, err := offset(p, new(big.Int).Lsh(n, uint(p.Addr().BitLen()-bits)))
	return netip.PrefixFrom(addr, bits), err
}

func cidrSubnet(args []cty.Value, _ cty.Type) (cty.Value, error) {
	p, err := netip.ParsePrefix(args[0].AsString())
	if err != nil {
		return cty.NilVal, err
	}
	s, err := subnet(p, int(toInt(args[1]).Int64()), toInt(args[2]))
	if err != nil {
		return cty.NilVal, err
	}
	return cty.StringVal(s.String()), nil
}

func cidrSubnets(args []cty.Value, _ cty.Type) (cty.Value, error) {
	p, err := netip.ParsePrefix(args[0].AsString())
	if err != nil {
		return cty.NilVal, err
	}
	if len(args) > maxSubnets {
		return cty.NilVal, fmt.Errorf("%w: more than %d subnets", errLimit, maxSubnets)
	}
	if len(args) == 1 {
		return cty.ListValEmpty(cty.String), nil
	}
	next := p.Masked().Addr()
	var out []cty.Value
	for _, a := range args[1:] {
		bits := p.Bits() + int(toInt(a).Int64())
		if bits < p.Bits() || bits > p.Addr().BitLen() {
			return cty.NilVal, fmt.Errorf("no room in %s", p)
		}
		s := netip.PrefixFrom(next, bits)
		if s.Masked().Addr() != next { // align to the size of this subnet
			size := new(big.Int).Lsh(big.NewInt(1), uint(p.Addr().BitLen()-bits))
			if next, err = offset(s, size); err != nil {
				return cty.NilVal, err
			}
			s = netip.PrefixFrom(next, bits)
		}
		if !p.Contains(s.Addr()) {
			return cty.NilVal, fmt.Errorf("no room in %s", p)
		}
		out = append(out, cty.StringVal(s.String()))
		if next, err = offset(s, new(big.Int).Lsh(big.NewInt(1), uint(p.Addr().BitLen()-bits))); err != nil {
			next = netip.Addr{}
		}
	}
	return cty.ListVal(out), nil
}
