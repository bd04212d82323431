(** * Split (H2): serving the input split, in which two slots read the same edges.

    The first layer holds every input x_j twice: in a neuron with a + edge from it (slot [P j])
    and in one with a - edge ([M j]). The two read the same edges, of opposite signs: an unused
    neuron that did not fit the one fits the other. [split_over]: 2n such slots fail to be served
    from a pool of u neurons with probability at most G1(2n, u, 1/2), as if all their signs were
    fresh. *)
Require Import ZArith Reals List Lra Lia Psatz Bool.
From Pmone Require Import Sums Probability Pool.
Import ListNotations.
Open Scope R_scope.

Section Split.
Context {Slot : Type} (n : nat) (P M : nat -> Slot) (sfit : signs -> Slot -> nat -> bool).
Hypothesis sfit_plus : forall w j r, (j < n)%nat -> sfit w (P j) r = w (0%nat, r, j).
Hypothesis sfit_minus : forall w j r, (j < n)%nat -> sfit w (M j) r = negb (w (0%nat, r, j)).
Definition col (av : list nat) (j : nat) : list coord := map (fun r => (0%nat, r, j)) av.
Definition pair (j : nat) : list Slot := [P j; M j].

Lemma col_nd av j : NoDup av -> NoDup (col av j).
Proof. intros. apply NoDup_map_in; auto. intros; congruence. Qed.

Lemma all_same av j b w : NoDup av ->
  E (col av j) (fun w => ind (forallb (fun r => Bool.eqb (w (0%nat, r, j)) b) av)) w
    = (1/2) ^ length av.
Proof.
  intros ND. set (q := map (fun r => ((0%nat, r, j), b)) av).
  assert (Q : map fst q = col av j) by (unfold q, col; rewrite map_map; auto).
  assert (F : forall w, fits q w = forallb (fun r => Bool.eqb (w (0%nat, r, j)) b) av).
  { intros w'. unfold q, fits. clear. induction av; cbn; auto. rewrite IHav. auto. }
  rewrite <- Q, (E_ext _ _ (fun w => ind (fits q w))) by (intros; rewrite F; auto).
  assert (NQ : NoDup (map fst q)) by (rewrite Q; apply col_nd; auto).
  etransitivity; [exact (E_pattern q NQ w)|]. unfold q. rewrite map_length. auto.
Qed.

Lemma all_same_over av j b D w : NoDup av -> NoDup D -> incl (col av j) D ->
  E D (fun w => ind (forallb (fun r => Bool.eqb (w (0%nat, r, j)) b) av)) w = (1/2) ^ length av.
Proof.
  intros Na ND I. rewrite (E_sub (col av j)); auto using col_nd, all_same.
  intros w1 w2 H. f_equal. apply forallb_ext_in. intros r Hr. rewrite H; auto. apply in_map_iff.
  eauto.
Qed.

Lemma split_fail pool0 js : NoDup pool0 -> NoDup js -> (forall j, In j js -> (j < n)%nat) ->
  forall av w, NoDup av -> incl av pool0 ->
  E (flat_map (col pool0) js) (fun w => ind (servefail (sfit w) (flat_map pair js) av)) w
  <= G1 (2 * length js) (length av) (1/2).
Proof.
  intros Np. induction js as [|j js IH]; intros Nj Hj av w Na Ia.
  - cbn. lra.
  - inversion_clear Nj. pose proof (Hj j (or_introl eq_refl)) as Hj0.
    cbn [flat_map pair app length]. rewrite E_app.
    replace (2 * S (length js))%nat with (S (S (2 * length js))) by lia. rewrite !G1_S.
    set (B := G1 (2 * length js) (length av - 1 - 1) (1/2)).
    set (same := fun b (w : signs) => ind (forallb (fun r => Bool.eqb (w (0%nat, r, j)) b) av)).
    eapply Rle_trans with (E (col pool0 j) (fun w => (same false w + same true w) + B) w).
    + apply E_le. intros w1 _.
      set (r1 := pick (sfit w1 (P j)) av). set (av1 := drop r1 av).
      set (av2 := drop (pick (sfit w1 (M j)) av1) av1).
      eapply Rle_trans with (E (flat_map (col pool0) js)
         (fun w' => (same false w1 + same true w1)
           + ind (servefail (sfit w') (flat_map pair js) av2)) w1).
      * apply E_le. intros w2 A.
        assert (X : forall r, In r av -> w2 (0%nat, r, j) = w1 (0%nat, r, j)).
        { intros r Hr. apply A. intros Hc. apply in_flat_map in Hc as [j' [Hj' Hc]].
          apply in_map_iff in Hc as [r' [Eq _]]. injection Eq as -> ->. auto. }
        assert (I1 : incl av1 av) by (intros r Hr; apply drop_in in Hr; tauto).
        cbn [servefail].
        rewrite (pick_ext (sfit w2 (P j)) (sfit w1 (P j)) av)
          by (intros; rewrite !sfit_plus by auto; auto).
        fold r1 av1.
        rewrite (pick_ext (sfit w2 (M j)) (sfit w1 (M j)) av1)
          by (intros; rewrite !sfit_minus by auto; rewrite X; auto).
        fold av2.
        rewrite (nofit_ext (sfit w2 (P j)) (sfit w1 (P j)) av)
          by (intros; rewrite !sfit_plus by auto; auto).
        rewrite (nofit_ext (sfit w2 (M j)) (sfit w1 (M j)) av1)
          by (intros; rewrite !sfit_minus by auto; rewrite X; auto).
        assert (F1 : nofit (sfit w1 (P j)) av
          = forallb (fun r => Bool.eqb (w1 (0%nat, r, j)) false) av).
        { unfold nofit. apply forallb_ext_in. intros r _. rewrite sfit_plus by auto.
          destruct (w1 _); auto. }
        assert (F2 : ind (nofit (sfit w1 (M j)) av1) <= same false w1 + same true w1).
        { unfold same. rewrite <- F1. destruct (nofit (sfit w1 (P j)) av) eqn:E1.
          - cbn [ind]. pose proof (ind_range (nofit (sfit w1 (M j)) av1)).
            pose proof (ind_range (forallb (fun r => Bool.eqb (w1 (0%nat, r, j)) true) av)). lra.
          - destruct (nofit (sfit w1 (M j)) av1) eqn:E2.
            + replace (forallb (fun r => Bool.eqb (w1 (0%nat, r, j)) true) av) with true;
                [cbn; lra|].
              symmetry. apply forallb_forall. intros r Hr. apply pick_fit in E1 as [_ E1].
              fold r1 in E1.
              rewrite sfit_plus in E1 by auto.
              destruct (Nat.eq_dec r r1) as [->|Ne]; [rewrite E1; auto|].
              unfold nofit in E2. rewrite forallb_forall in E2. specialize (E2 r).
              rewrite sfit_minus in E2 by auto.
              rewrite negb_involutive in E2. rewrite E2; auto. apply drop_in. auto.
            + pose proof (ind_range (forallb (fun r => Bool.eqb (w1 (0%nat, r, j)) true) av)). cbn.
              lra. }
        pose proof (ind_or (nofit (sfit w1 (P j)) av)
          (nofit (sfit w1 (M j)) av1 || servefail (sfit w2) (flat_map pair js) av2)) as O1.
        pose proof (ind_or (nofit (sfit w1 (M j)) av1) (servefail (sfit w2) (flat_map pair js)
          av2)) as O2.
        (* if the first fails, its own indicator pays for both *)
        destruct (nofit (sfit w1 (P j)) av) eqn:E1.
        -- cbn [orb ind]. unfold same. rewrite <- F1. cbn [ind].
           pose proof (ind_range (forallb (fun r => Bool.eqb (w1 (0%nat, r, j)) true) av)).
           pose proof (ind_range (servefail (sfit w2) (flat_map pair js) av2)). lra.
        -- cbn [orb]. lra.
      * rewrite E_plus, E_const. apply Rplus_le_compat_l.
        eapply Rle_trans; [apply IH; auto|].
        -- intros; apply Hj; right; auto.
        -- apply drop_NoDup, drop_NoDup; auto.
        -- intros r Hr. apply drop_in in Hr as [Hr _]. apply drop_in in Hr as [Hr _]. auto.
        -- unfold B. apply G1_anti; [lra|].
           pose proof (drop_length r1 av Na).
           pose proof (drop_length (pick (sfit w1 (M j)) av1) av1 (drop_NoDup _ _ Na)).
           unfold av2, av1 in *. lia.
    + rewrite E_plus, E_const, E_plus.
      assert (I : incl (col av j) (col pool0 j)).
      { intros z Hz. apply in_map_iff in Hz as [r [<- Hr]]. apply in_map_iff. exists r. auto. }
      unfold same. rewrite !all_same_over by (auto using col_nd).
      pose proof (pow_anti (1/2) (length av - 1) (length av) ltac:(lra) ltac:(lia)). lra.
Qed.

Theorem split_over po D w : NoDup po -> NoDup D ->
  (forall r j, In r po -> (j < n)%nat -> In (0%nat, r, j) D) ->
  E D (fun w => ind (servefail (sfit w) (flat_map pair (seq 0 n)) po)) w
    <= G1 (2 * n) (length po) half.
Proof.
  intros Np ND I.
  assert (NC : NoDup (flat_map (col po) (seq 0 n))).
  { apply NoDup_flat_map; [apply seq_NoDup| |].
    - intros; apply col_nd; auto.
    - intros j j' z _ _ H1 H2. apply in_map_iff in H1 as [? [<- _]], H2 as [? [Eq _]]. congruence. }
  rewrite (E_sub (flat_map (col po) (seq 0 n))); auto.
  - pose proof (split_fail po (seq 0 n) Np (seq_NoDup _ _)) as S. rewrite seq_length in S.
    apply S; auto using incl_refl. intros j Hj. apply in_seq in Hj. lia.
  - intros z Hz. apply in_flat_map in Hz as [j [Hj Hz]]. apply in_map_iff in Hz as [r [<- Hr]].
    apply in_seq in Hj. apply I; auto; lia.
  - intros w1 w2 H. f_equal. apply serve_ext. intros s r Hs Hr.
    apply in_flat_map in Hs as [j [Hj Hs]].
    assert (X : w2 (0%nat, r, j) = w1 (0%nat, r, j)).
    { apply H, in_flat_map. exists j. split; auto. apply in_map_iff. eauto. }
    apply in_seq in Hj. destruct Hs as [<-|[<-|[]]]; rewrite ?sfit_plus, ?sfit_minus, X by lia;
      auto.
Qed.
End Split.
