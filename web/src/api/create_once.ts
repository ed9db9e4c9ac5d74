// Making something so that it is made once: each attempt has one key, and as long as nobody knows what became of it,
// asking again is asking with that key. What is wanted by then may be something else: then the first one is changed.

export type Attempt<Body> = { key: string; body: Body };

export type Maker<Body, Made> = {
  newKey: () => string;
  create: (attempt: Attempt<Body>) => Promise<Made>;
  update: (made: Made, body: Body) => Promise<Made>;
  // Is it a refusal, so that certainly nothing was made?
  isRefusal: (error: unknown) => boolean;
};

// `open` is the attempt that nobody knows the end of; `keep` is told what it is from now on.
export async function createOnce<Body, Made>(
  maker: Maker<Body, Made>,
  open: Attempt<Body> | undefined,
  body: Body,
  keep: (attempt: Attempt<Body> | undefined) => void,
): Promise<Made> {
  const attempt = open ?? { key: maker.newKey(), body };
  keep(attempt);
  let made: Made;
  try {
    made = await maker.create(attempt);
  } catch (error) {
    if (!maker.isRefusal(error)) throw error; // the key stays for the next time
    keep(undefined);
    if (attempt === open && !isSame(attempt.body, body)) return createOnce(maker, undefined, body, keep);
    throw error;
  }
  return isSame(attempt.body, body) ? made : maker.update(made, body);
}

const isSame = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);
