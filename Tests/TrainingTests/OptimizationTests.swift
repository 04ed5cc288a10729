import Testing
import Training

/// Steps, clipping, rates and averages, by hand.
@Suite struct OptimizationTests {
    private let parameters = [
        TrainingParameter(name: "w", shape: [2], treatment: .weight, values: [1, -2]),
        TrainingParameter(name: "b", shape: [1], treatment: .bias, values: [1]),
        TrainingParameter(name: "g", shape: [1], treatment: .scale, values: [1]),
        TrainingParameter(name: "m", shape: [1], treatment: .statistic, values: [1]),
    ]

    @Test func `momentum gathers, and only weights decay`() {
        var parameters = parameters
        var optimizer = StochasticGradientDescent(parameters: parameters, momentum: 0.5, weightDecay: 0.25)
        let gradients: [[Float]] = [[1, 0], [1], [0], [9]]
        optimizer.step(&parameters, gradients: gradients, learningRate: 0.5)
        // v = g + λ·w = [1.25, -0.5], [1], [0].
        #expect(parameters.map(\.values) == [[0.375, -1.75], [0.5], [1], [1]])
        optimizer.step(&parameters, gradients: gradients, learningRate: 1)
        // v = [0.625 + 1 + 0.09375, -0.25 - 0.4375], [1.5], [0].
        #expect(optimizer.velocities == [[1.71875, -0.6875], [1.5], [0], []])
        #expect(parameters.map(\.values) == [[-1.34375, -1.0625], [-1], [1], [1]])
    }

    @Test func `it finds the minimum of a bowl`() {
        var parameters = [TrainingParameter(name: "w", shape: [2], treatment: .weight, values: [5, -7])]
        var optimizer = StochasticGradientDescent(parameters: parameters, weightDecay: 0)
        for _ in 0..<300 {
            let w = parameters[0].values
            optimizer.step(&parameters, gradients: [[2 * (w[0] - 1), 20 * (w[1] + 3)]], learningRate: 0.02)
        }
        #expect((parameters[0].values[0] - 1).magnitude < 1e-3 && (parameters[0].values[1] + 3).magnitude < 1e-3)
    }

    @Test func `Adam's steps, by hand`() {
        var parameters = parameters
        var optimizer = AdamW(parameters: parameters, momentum: 0.5, weightDecay: 0.25)
        let factors: [Float] = [1, 1, 0.5, 1]
        optimizer.step(&parameters, gradients: [[1, 0], [-4], [2], [9]], learningRate: 0.5, factors: factors)
        // The first step is a sign: m/(1 − β₁) = g, √(s/(1 − β₂)) = |g|. Weights lose an eighth first.
        #expect(zip(parameters[0].values, [0.375, -1.75]).allSatisfy { abs($0 - $1) < 1e-6 })
        #expect(abs(parameters[1].values[0] - 1.5) < 1e-6 && abs(parameters[2].values[0] - 0.75) < 1e-6)
        #expect(parameters[3].values == [1])
        optimizer.step(&parameters, gradients: [[0, 0], [4], [0], [9]], learningRate: 0.5, factors: factors)
        // Of b: m = ½·(−2) + ½·4 = 1, over 1 − ¼; s/(1 − β₂²) = 16: a step of ½ · (4/3)/4.
        #expect(abs(parameters[1].values[0] - (1.5 - 0.5 / 3)) < 1e-5)
        #expect(optimizer.steps == 2 && optimizer.means[1] == [1] && optimizer.means[3] == [])
    }

    @Test func `clipping keeps the direction`() {
        var gradients: [[Float]] = [[3], [], [0, 4]]
        #expect(GradientClipping(maximumNorm: 10)(&gradients) == 5)
        #expect(gradients == [[3], [], [0, 4]])
        #expect(GradientClipping(maximumNorm: 2.5)(&gradients) == 5)
        #expect(gradients == [[1.5], [], [0, 2]])
        var infinite: [[Float]] = [[.infinity, 1]]
        #expect(GradientClipping(maximumNorm: 1)(&infinite) == .infinity)
        #expect(infinite == [[.infinity, 1]])
    }

    @Test func `the published schedule`() {
        let schedule = LearningRateSchedule.ssdVOC
        #expect(schedule(0) == 1e-3 && schedule(79_999) == 1e-3)
        #expect((schedule(80_000) - 1e-4).magnitude < 1e-9 && (schedule(119_999) - 1e-5).magnitude < 1e-9)
    }

    @Test func `warm-up rises in a line, the cosine falls to its floor`() {
        let schedule = LearningRateSchedule(base: 1, warmupSteps: 3, decay: .cosine(end: 103, floor: 0.1))
        #expect((0..<4).map { schedule($0) } == [0.25, 0.5, 0.75, 1])
        #expect((schedule(53) - 0.55).magnitude < 1e-6)
        #expect(schedule(103) == 0.1 && schedule(1_000_000) == 0.1)
        let rates = (3...103).map { schedule($0) }
        #expect(rates == rates.sorted(by: >))
        #expect(LearningRateSchedule(base: 2)(999) == 2)
        #expect(LearningRateSchedule(base: 2, warmupSteps: 5, decay: .cosine(end: 4, floor: 0.5))(7) == 1)
    }

    @Test func `the average forgets the beginning`() {
        var parameters = [TrainingParameter(name: "w", shape: [1], treatment: .weight, values: [100])]
        var average = ExponentialMovingAverage(parameters: parameters, decay: 0.9)
        parameters[0].values = [1]
        average.update(parameters)
        #expect((average.values[0][0] - 10.9).magnitude < 1e-4)  // 1/10 of 100 and 9/10 of 1
        for _ in 0..<200 { average.update(parameters) }
        #expect((average.averaged(parameters)[0].values[0] - 1).magnitude < 1e-4)
        #expect(average.updates == 201)
    }
}
