// What is new and what is stale of one post's likes. Pure: no page, no socket.

/** One post's likes as this visitor should see them: the server's last word and the wish that is on its way. */
export class LikeState {
  /** Of `likes`. */ version;
  /** The server's count. */ likes;
  /** The server's last word on this visitor's like, and the version it belongs to. */ liked;
  #likedVersion;
  /** The version of the last news from any tab: of one batch they come last. */ #told = -1;
  /** What the visitor asked for and the server has not answered; null: nothing. @type {boolean | null} */ wish = null;
  /**
   * Whether `likes` counts this visitor exactly as `liked` says. A newer count may already hold a like whose answer,
   * or whose news from another tab, is still on its way: then nothing is added to it, so no like ever shows twice.
   */
  certain = true;

  /** @param {{version: number, likes: number, liked: boolean}} at what the page was rendered with */
  constructor({ version, likes, liked }) {
    this.version = this.#likedVersion = version;
    this.likes = likes;
    this.liked = liked;
  }

  /** What to show. */
  get shown() {
    const liked = this.wish ?? this.liked;
    const own = this.certain ? Number(liked) - Number(this.liked) : 0;
    return { liked, likes: this.likes + own };
  }

  /** The visitor taps: sets what is wished for now, and says it. */
  press() {
    return (this.wish = !this.shown.liked);
  }

  /** @param {{version: number, likes: number}} push */
  counts({ version, likes }) {
    if (version <= this.version) return;
    this.version = version;
    this.likes = likes;
    this.certain = false;
  }

  /**
   * @param {{version: number, likes: number, liked: boolean}} entry
   * @param {boolean} fresh of another epoch: versions before it mean nothing
   */
  snapshot(entry, fresh) {
    if (fresh) this.version = this.#likedVersion = -1;
    if (entry.version < this.version) return;
    this.counts(entry);
    if (entry.liked !== this.liked) this.certain = false;
    this.liked = entry.liked;
    this.#likedVersion = entry.version;
  }

  /** News of this visitor's like, from any tab. @param {{liked: boolean, version: number}} push */
  me({ liked, version }) {
    if (version < this.#likedVersion) return;
    if (liked !== this.liked) this.certain = false;
    this.liked = liked;
    this.#likedVersion = this.#told = version;
  }

  /** @param {{version: number, likes: number, liked: boolean, changed: boolean}} answer */
  ok({ version, likes, liked, changed }) {
    if (this.wish === liked) this.wish = null;
    if (version >= this.version) {
      // Exactly one step, and it was ours: the count holds it and nothing else of ours.
      if (changed) this.certain = version === this.version + 1;
      else if (version !== this.version || liked !== this.liked) this.certain = false;
      this.version = version;
      this.likes = likes;
    }
    if (version < this.#likedVersion || version === this.#told) return;
    this.liked = liked;
    this.#likedVersion = version;
  }

  /** The wish was refused. */
  refused() {
    this.wish = null;
  }

  /** Nothing came for a while and nothing is on its way: count and like belong together. */
  settle() {
    if (this.wish === null) this.certain = true;
  }
}

/** The counts of a post that some news brings, if it does. @param {import("./frames.js").News} news */
export const countsOf = (news) =>
  news.type === "counts" ? news : news.type === "snapshot" && "likes" in news.entry ? news.entry : null;
