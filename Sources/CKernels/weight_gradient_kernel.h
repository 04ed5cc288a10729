/* The micro-kernel of the weight gradient, for one instruction set. Whoever includes this defines LANES, CHANNELS (output
 * channels of a tile, so that VECTORS * CHANNELS sums, VECTORS terms and a factor fit the registers), TARGET and NAME. */

typedef float NAME(vector) __attribute__((vector_size(LANES * 4), aligned(4)));

/* sums[channel][term] += Σ over the lines' pixels of gradient[channel] * input[term], a tile of `vectors` vectors of terms
 * by `channels` channels. Both are constants where this is inlined, so that the sums stay in registers. */
static inline __attribute__((always_inline)) TARGET void NAME(tile)(
    const ck_gradient_tile *tile, const int vectors, const int channels) {
    NAME(vector) sums[CHANNELS][VECTORS];
    for (int c = 0; c < channels; c++) {
        for (int v = 0; v < vectors; v++) {
            if (tile->begins) {
                sums[c][v] = (NAME(vector)){0};
            } else if (v * LANES + LANES <= tile->terms) {
                sums[c][v] = *(const NAME(vector) *)(tile->sums + c * tile->sums_pitch + v * LANES);
            } else {
                NAME(vector) part = {0};
                memcpy(&part, tile->sums + c * tile->sums_pitch + v * LANES,
                       (size_t)(tile->terms - v * LANES) * sizeof(float));
                sums[c][v] = part;
            }
        }
    }
    for (int32_t line = 0; line < tile->lines; line++) {
        const float *input = tile->inputs[line], *gradient = tile->gradients[line];
        for (int32_t pixel = 0; pixel < tile->pixels; pixel++) {
            NAME(vector) terms[VECTORS];
            for (int v = 0; v < vectors; v++) terms[v] = *(const NAME(vector) *)(input + v * LANES);
            for (int c = 0; c < channels; c++) {
                for (int v = 0; v < vectors; v++) sums[c][v] += terms[v] * gradient[c];
            }
            input += tile->input_step;
            gradient += tile->gradient_step;
        }
    }
    for (int c = 0; c < channels; c++) {
        for (int v = 0; v < vectors; v++) {
            float *to = tile->sums + c * tile->sums_pitch + v * LANES;
            if (v * LANES + LANES <= tile->terms) {
                *(NAME(vector) *)to = sums[c][v];
            } else {
                memcpy(to, &sums[c][v], (size_t)(tile->terms - v * LANES) * sizeof(float));
            }
        }
    }
}

static TARGET void NAME(run)(const ck_gradient_tile *tile) {
    int32_t vectors = (tile->terms + LANES - 1) / LANES;
    ck_gradient_tile part = *tile;
    if (tile->channels == CHANNELS) {
        switch (vectors) {
        case 1: NAME(tile)(&part, 1, CHANNELS); return;
        case 2: NAME(tile)(&part, 2, CHANNELS); return;
        default: NAME(tile)(&part, 3, CHANNELS); return;
        }
    }
    /* Channels left over, one at a time. */
    for (int32_t c = 0; c < tile->channels; c++) {
        float *const sums = tile->sums + c * tile->sums_pitch;
        const float *gradients[CK_GRADIENT_LINES];
        for (int32_t line = 0; line < tile->lines; line++) gradients[line] = tile->gradients[line] + c;
        part.sums = sums;
        part.gradients = gradients;
        switch (vectors) {
        case 1: NAME(tile)(&part, 1, 1); break;
        case 2: NAME(tile)(&part, 2, 1); break;
        default: NAME(tile)(&part, 3, 1); break;
        }
    }
}

#undef LANES
#undef CHANNELS
#undef TARGET
#undef NAME
