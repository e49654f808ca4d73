/** What the benchmarks use of js-libp2p; installed only here, so its names are resolved from here. */
export { noise } from '@chainsafe/libp2p-noise'
export { yamux } from '@chainsafe/libp2p-yamux'
export { circuitRelayServer, circuitRelayTransport } from '@libp2p/circuit-relay-v2'
export { identify } from '@libp2p/identify'
export { webSockets } from '@libp2p/websockets'
export { multiaddr } from '@multiformats/multiaddr'
export { createLibp2p } from 'libp2p'
