/** `@sslkit/socket/internal`: for this repository's tests and benchmarks. Not for users; may change with any release. */
export { CHANNEL_KINDS, type ChannelKind, preferChannel } from './choose_channel.ts';
export { tlsCoreOf } from './ssl_socket.ts';
