import { expect } from 'chai'
import { clientAddress, placeOf } from '../../src/security/client-address.ts'
import { proxyTrust } from '../../src/security/proxy-trust.ts'

const trusts = proxyTrust(['10.0.0.0/8', '::1'])

describe('HS-19 where a client comes from', () => {
  it('HS-19 is its address, whatever it writes itself', () => {
    expect(clientAddress('192.0.2.1', undefined, trusts)).to.equal('192.0.2.1')
    expect(clientAddress('192.0.2.1', '198.51.100.7', trusts)).to.equal('192.0.2.1')
  })

  it('HS-19 is the last entry of X-Forwarded-For that no trusted proxy wrote of another', () => {
    expect(clientAddress('10.0.0.1', '198.51.100.7', trusts)).to.equal('198.51.100.7')
    expect(clientAddress('::ffff:10.0.0.1', ' 203.0.113.9 , 198.51.100.7 ', trusts)).to.equal('198.51.100.7')
    expect(clientAddress('::1', '203.0.113.9, 198.51.100.7, 10.9.9.9', trusts)).to.equal('198.51.100.7')
    expect(clientAddress('::1', ['203.0.113.9', '198.51.100.7'], trusts)).to.equal('198.51.100.7')
    expect(clientAddress('10.0.0.1', '10.0.0.3, 10.0.0.2', trusts)).to.equal('10.0.0.3')
  })

  it('HS-19 is read with and without a port, and what is no address is where the reading ends', () => {
    expect(clientAddress('10.0.0.1', '198.51.100.7:4711', trusts)).to.equal('198.51.100.7')
    expect(clientAddress('10.0.0.1', '[2001:db8::1]:4711', trusts)).to.equal('2001:db8::1')
    expect(clientAddress('10.0.0.1', '[2001:db8::1]', trusts)).to.equal('2001:db8::1')
    for (const nonsense of ['', ' ', 'unknown', '1.2.3', '203.0.113.9, _hidden', '[', '[]:1', ':::']) {
      expect(clientAddress('10.0.0.1', nonsense, trusts)).to.equal('10.0.0.1')
    }
    expect(clientAddress('10.0.0.1', '203.0.113.9, unknown, 10.0.0.2', trusts)).to.equal('10.0.0.2')
  })

  it('HS-19 is one place in every spelling, and with IPv6 for all of a network of 64 bits', () => {
    expect(placeOf('::ffff:192.0.2.1')).to.equal('192.0.2.1')
    expect(placeOf('192.0.2.1')).to.equal('192.0.2.1')
    for (const same of ['2001:db8:0:7::1', '2001:0DB8:0000:0007:1:2:3:4', '2001:db8:0:7:ffff::']) {
      expect(placeOf(same)).to.equal('2001:db8:0:7')
    }
    expect(placeOf('2001:db8:0:8::1')).to.equal('2001:db8:0:8')
    expect(placeOf('2001:db8::1')).to.equal('2001:db8:0:0')
    expect(placeOf('::1')).to.equal('0:0:0:0')
    expect(placeOf('::')).to.equal('0:0:0:0')
    expect(placeOf('fe80::1%eth0')).to.equal('fe80:0:0:0')
    // a socket of the system's own has no address
    expect(placeOf('undefined')).to.equal('undefined')
  })
})
