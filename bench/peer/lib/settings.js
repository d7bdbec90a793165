export const settings = {
  key: required('PEER_KEY'),
  redis: required('PEER_REDIS_URL'),
  amqp: process.env.PEER_AMQP_URL,
};

function required(name) {
  const value = process.env[name];
  if (!value) throw new Error(`${name} must be set`);
  return value;
}
